package dev.bellhop.tool;

/// Resources of one kind, by what their addresses have in common.
///
/// @param uriTemplate as RFC 6570 writes it: `bellhop://task/{id}`
public record ResourceTemplate(
        String uriTemplate, String name, String title, String description, String mimeType) {}
