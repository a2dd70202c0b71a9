package dev.bellhop.server.mcp;

import dev.bellhop.base.Version;
import dev.bellhop.tool.Hints;
import dev.bellhop.tool.Toolbox;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client is told about us: who we are, what we are for, and the tools.
///
/// The same bytes every time, so that what clients and models cache stays good.
record Introduction(
        McpSchema.Implementation server, String instructions, List<McpSchema.Tool> tools) {

    /// Some clients show a model no more than 250 characters of this, others nothing at all.
    static final String INSTRUCTIONS =
            "Plan with task_create, keep it true with task_update. Start builds, tests and servers"
                    + " with background_run instead of waiting: results come by themselves, on top"
                    + " of later answers. Look at task_list before you say it is all done.";

    static Introduction of(Toolbox toolbox) {
        return new Introduction(
                McpSchema.Implementation.builder("bellhop", Version.text()).build(),
                INSTRUCTIONS,
                toolbox.entries().stream().map(Introduction::tool).toList());
    }

    private static McpSchema.Tool tool(Toolbox.Entry<?> entry) {
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("anthropic/alwaysLoad", true);
        meta.put("anthropic/searchHint", entry.tool().searchHint());
        return McpSchema.Tool.builder(entry.tool().name(), KeptSchemas.of(entry.tool()))
                .description(entry.tool().about())
                .annotations(annotations(entry.tool().hints()))
                .meta(meta)
                .build();
    }

    /// Says what differs from what MCP has a client assume, which is the worst. Whether a tool that
    /// only reads is destructive or idempotent is not asked.
    private static McpSchema.ToolAnnotations annotations(Hints hints) {
        boolean writes = !hints.readOnly();
        @Nullable Boolean destructive = (writes && !hints.destructive()) ? false : null;
        @Nullable Boolean idempotent = (writes && hints.idempotent()) ? true : null;
        @Nullable Boolean openWorld = hints.openWorld() ? null : false;
        if (writes && destructive == null && idempotent == null && openWorld == null) {
            // Said although it is assumed: an empty object would look like one not thought about.
            destructive = true;
        }
        return new McpSchema.ToolAnnotations(
                null, writes ? null : true, destructive, idempotent, openWorld, null);
    }
}
