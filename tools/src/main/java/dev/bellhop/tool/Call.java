package dev.bellhop.tool;

/// One call of a tool: the project it works on, and who asks.
public record Call(Project project, Caller caller) {}
