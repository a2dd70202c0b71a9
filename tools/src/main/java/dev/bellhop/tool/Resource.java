package dev.bellhop.tool;

/// Something that a client may read.
///
/// @param name short, for programs and lists: `board`, `#12`, `3fa94c01 stdout`
/// @param title what people call it
/// @param description what it is, on one line
public record Resource(
        String uri, String name, String title, String description, String mimeType) {}
