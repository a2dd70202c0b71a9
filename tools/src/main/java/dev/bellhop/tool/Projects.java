package dev.bellhop.tool;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The projects this process works for, each opened when it is first needed.
public final class Projects {

    private final Map<Path, Project> open = new ConcurrentHashMap<>();

    public Project at(Path directory) {
        return open.computeIfAbsent(directory, Project::new);
    }
}
