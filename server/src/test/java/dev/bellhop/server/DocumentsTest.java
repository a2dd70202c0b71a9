package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bellhop.tool.Settings;
import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the documents list is what there is.
class DocumentsTest {

    /// The rows of a table between `<!-- name -->` and `<!-- /name -->`, without its heading.
    private static List<String> rows(String name) throws IOException {
        String readme = Files.readString(Repository.root().resolve("README.md"));
        int from = readme.indexOf("<!-- " + name + " -->");
        int to = readme.indexOf("<!-- /" + name + " -->");
        return readme.substring(from, to)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1)[1].strip())
                .toList();
    }

    @Test
    void theReadmeListsTheTools() throws IOException {
        assertEquals(
                Toolbox.standard().stream().map(tool -> "`" + tool.name() + "`").toList(),
                rows("tools"));
    }

    @Test
    void theReadmeListsTheSettings() throws IOException {
        assertEquals(
                Settings.keys().stream().map(key -> "`" + key + "`").toList(), rows("settings"));
    }

    @Test
    void theReadmesMapNamesEveryPackage() throws IOException {
        List<String> named =
                rows("packages").stream()
                        .filter(row -> row.matches("`(tools|server)/` `.*`"))
                        .map(row -> row.replaceAll(".*` `(.*)`", "$1"))
                        .sorted()
                        .toList();

        assertEquals(packages(), named);
    }

    private static List<String> packages() throws IOException {
        List<String> packages = new ArrayList<>();
        for (String module : List.of("tools", "server")) {
            Path sources = Repository.root().resolve(module).resolve("src/main/java/dev/bellhop");
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.endsWith("package-info.java"))
                        .map(file -> sources.relativize(file.getParent()).toString())
                        .forEach(name -> packages.add(name.replace('/', '.')));
            }
        }
        return packages.stream().sorted().toList();
    }
}
