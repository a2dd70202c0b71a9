package dev.bellhop.server.mcp;

import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What a call costs on the wire: its message read, and its answer written.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WireBenchmark {

    private static final byte[] CALL =
            """
            {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"task_create","arguments":\
            {"subject":"Task 2: implement part 2","description":"Add the endpoint, validate the input.",\
            "blockedBy":[1]}}}\
            """
                    .getBytes(StandardCharsets.UTF_8);

    private final Codec codec = new Codec();
    private final Response list =
            answer("[ ] #1234: implement part 1234 (blocked by: [1233])\n".repeat(50));
    private final Response line = answer("[ ] #2: Task 2: implement part 2 (blocked by: [1])");

    private static Response answer(String text) {
        return Response.result(
                7,
                McpSchema.CallToolResult.builder().addTextContent(text).isError(false).build(),
                () -> {});
    }

    @Benchmark
    public @Nullable Object readCall() {
        return Json.read(CALL);
    }

    @Benchmark
    public byte[] writeLine() throws IOException {
        return codec.bytes(line);
    }

    /// 50 lines, as many as `task_list` shows.
    @Benchmark
    public byte[] writeList() throws IOException {
        return codec.bytes(list);
    }
}
