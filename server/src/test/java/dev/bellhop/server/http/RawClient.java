package dev.bellhop.server.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// A client that sends whatever bytes it is told to, on one connection.
final class RawClient implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// What came back.
    ///
    /// @param status 0 if the connection was closed instead
    /// @param headers their names in lower case; those that came twice joined by a comma
    record Answer(int status, Map<String, String> headers, String body) {

        static final Answer CLOSED = new Answer(0, Map.of(), "");

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    Socket socket() {
        return socket;
    }

    /// Sends `text` as it stands, but with line ends as HTTP has them.
    RawClient send(String text) throws IOException {
        return sendExactly(text.replace("\n", "\r\n"));
    }

    RawClient sendExactly(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /// Reads one answer.
    Answer answer() throws IOException {
        try {
            String first = line();
            if (first.isEmpty()) {
                return Answer.CLOSED;
            }
            Map<String, String> headers = headers();
            return new Answer(Integer.parseInt(first.split(" ", -1)[1]), headers, body(headers));
        } catch (java.net.SocketException e) {
            return Answer.CLOSED;
        }
    }

    /// Reads the head of an answer that goes on.
    Map<String, String> begun() throws IOException {
        Map<String, String> headers = new TreeMap<>();
        headers.put("", line());
        headers.putAll(headers());
        return headers;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (one, other) -> one + ", " + other);
        }
        return headers;
    }

    private String body(Map<String, String> headers) throws IOException {
        String length = headers.get("content-length");
        byte[] bytes =
                length == null
                        ? chunked(headers) ? chunks() : new byte[0]
                        : in.readNBytes(Integer.parseInt(length));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static boolean chunked(Map<String, String> headers) {
        return "chunked".equals(headers.get("transfer-encoding"));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
            all.writeBytes(chunk);
        }
        return all.toByteArray();
    }

    /// The next chunk; empty if it is the last one, or the connection was closed.
    byte[] chunk() throws IOException {
        String size = line();
        if (size.isEmpty()) {
            return new byte[0];
        }
        byte[] bytes = in.readNBytes(Integer.parseInt(size, 16));
        line();
        return bytes;
    }

    /// The texts of the chunks up to the end.
    List<String> rest() throws IOException {
        List<String> texts = new ArrayList<>();
        for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
            texts.add(new String(chunk, StandardCharsets.UTF_8));
        }
        return texts;
    }

    /// A line without its end; empty at the end of the input.
    private String line() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int each = in.read(); each >= 0 && each != '\n'; each = in.read()) {
            if (each != '\r') {
                bytes.write(each);
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /// Whether the server closes the connection before `PATIENCE_MILLIS` are over.
    boolean isClosed() throws IOException {
        try {
            while (in.read() >= 0) {}
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
