package dev.bellhop.tool;

import java.nio.file.Path;

/// The directory whose tasks and jobs are meant, and everything that is kept for it.
public record Project(Path directory) {}
