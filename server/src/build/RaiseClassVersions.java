import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// A step of the build: writes a jar anew, in which no class is of a version before Java 6's.
///
/// The JVM's AOT cache takes no class that the old verifier would have to look at, nor a lambda
/// that knows one. Of picocli, which is made for Java 5, that is every class.
final class RaiseClassVersions {

    private static final String CLASS = ".class";

    private final ZipFile from;
    private final ClassFile classes;

    private RaiseClassVersions(ZipFile from) {
        this.from = from;
        ClassHierarchyResolver ofJar =
                ClassHierarchyResolver.ofResourceParsing(this::inJar)
                        .orElse(ClassHierarchyResolver.defaultResolver());
        classes =
                ClassFile.of(
                        ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                        ClassFile.ClassHierarchyResolverOption.of(ofJar));
    }

    /// @param words the jar, and the new one, which need not be there
    public static void main(String[] words) throws IOException {
        try (ZipFile from = new ZipFile(words[0]);
                OutputStream file = Files.newOutputStream(Path.of(words[1]));
                ZipOutputStream to = new ZipOutputStream(file)) {
            RaiseClassVersions raise = new RaiseClassVersions(from);
            for (ZipEntry entry : Collections.list(from.entries())) {
                byte[] content = from.getInputStream(entry).readAllBytes();
                ZipEntry raised = new ZipEntry(entry.getName());
                raised.setTimeLocal(entry.getTimeLocal());
                to.putNextEntry(raised);
                to.write(entry.getName().endsWith(CLASS) ? raise.raised(content) : content);
            }
        }
    }

    private byte[] raised(byte[] content) {
        ClassModel model = classes.parse(content);
        if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
            return content;
        }
        // Code that is written anew gets the stack maps that the new verifier wants.
        ClassTransform version =
                (builder, element) -> {
                    if (element instanceof ClassFileVersion) {
                        builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                    } else {
                        builder.with(element);
                    }
                };
        byte[] raised =
                classes.transformClass(
                        model,
                        version.andThen(
                                ClassTransform.transformingMethodBodies(
                                        (code, element) -> code.with(element))));
        List<VerifyError> errors = classes.verify(raised);
        if (!errors.isEmpty()) {
            throw errors.getFirst();
        }
        return raised;
    }

    private InputStream inJar(ClassDesc type) {
        String name = type.descriptorString();
        ZipEntry entry = from.getEntry(name.substring(1, name.length() - 1) + CLASS);
        try {
            return entry == null ? null : from.getInputStream(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
