package dev.bellhop.server.http;

import java.io.IOException;

/// What the server does at one path and those below it.
@FunctionalInterface
public interface Route {

    /// Answers one request: with [Exchange#answer], or with [Exchange#stream], which may go on
    /// after this has returned. Runs on a virtual thread of its own.
    ///
    /// @throws dev.bellhop.base.Problem if it cannot be done; the server tells
    /// @throws IOException if the client is gone
    void serve(Exchange exchange) throws IOException;

    /// The server is about to end: no more requests come, and those that are open are to be brought
    /// to an end. When this returns, streams are closed.
    default void end() {}
}
