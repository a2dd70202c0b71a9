package dev.bellhop.server;

/// Where the process begins.
public final class Main {

    private Main() {}

    public static void main(String[] words) {
        System.err.println("not built yet: " + words.length);
    }
}
