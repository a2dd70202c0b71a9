package dev.bellhop.torture;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A disk with one directory, whose power can fail at any operation.
///
/// When it does, what was not synced is lost or not, each thing for itself: the content of a file
/// that was written, and each creation, renaming and deletion in the directory since it was last
/// synced, in any order. That is more than any real disk does.
final class SimulatedDisk extends FileSystemProvider {

    /// What every operation ends with from the cut until the reboot.
    static final class PowerCut extends Error {
        private static final long serialVersionUID = 1;
    }

    private static final class Node {
        private final Object key = new Object();
        private byte[] content = new byte[0];
        private byte[] synced = new byte[0];
        private FileTime time = FileTime.fromMillis(0);
    }

    private static final AtomicInteger COUNT = new AtomicInteger();

    /// A change of names, which happens as a whole.
    ///
    /// @param gone the name that ends, or null
    /// @param name the name that begins to mean `node`, or null
    private record Renaming(@Nullable String gone, @Nullable String name, @Nullable Node node) {

        void on(Map<String, Node> names) {
            if (gone != null) {
                names.remove(gone);
            }
            if (name != null && node != null) {
                names.put(name, node);
            }
        }
    }

    private final Files files = new Files();
    private final Path directory = files.getPath("/disk-" + COUNT.incrementAndGet());
    private final InstantSource clock;
    private final boolean isLiar;

    // What the directory holds now, what of it is on disk, and what happened in between.
    private final Map<String, Node> live = new TreeMap<>();
    private final Map<String, Node> disk = new TreeMap<>();
    private final List<Renaming> pending = new ArrayList<>();
    private boolean directoryExists;
    private long operationsLeft = Long.MAX_VALUE;
    private boolean isCut;

    /// @param isLiar whether it only says that it has synced
    SimulatedDisk(InstantSource clock, boolean isLiar) {
        this.clock = clock;
        this.isLiar = isLiar;
    }

    /// Makes it empty.
    void format() {
        live.clear();
        disk.clear();
        pending.clear();
        directoryExists = false;
        isCut = false;
        operationsLeft = Long.MAX_VALUE;
    }

    /// The one directory.
    Path directory() {
        return directory;
    }

    /// The power fails at the operation after the next `operations`.
    void cutAfter(long operations) {
        operationsLeft = operations;
    }

    /// Comes back with what chance left.
    void reboot(RandomGenerator random) {
        for (Renaming each : pending) {
            if (random.nextBoolean()) {
                each.on(disk);
            }
        }
        pending.clear();
        live.clear();
        for (Map.Entry<String, Node> each : disk.entrySet()) {
            Node node = each.getValue();
            if (!Arrays.equals(node.content, node.synced)) {
                node.content =
                        switch (random.nextInt(3)) {
                            case 0 -> node.synced;
                            case 1 -> node.content;
                            default ->
                                    Arrays.copyOf(
                                            node.content, random.nextInt(node.content.length + 1));
                        };
                node.synced = node.content;
            }
            live.put(each.getKey(), node);
        }
        isCut = false;
        operationsLeft = Long.MAX_VALUE;
    }

    private void look() {
        if (isCut) {
            throw new PowerCut();
        }
    }

    private void operate() {
        look();
        if (operationsLeft-- <= 0) {
            isCut = true;
            throw new PowerCut();
        }
    }

    private void rename(@Nullable String gone, @Nullable String name, @Nullable Node node) {
        operate();
        Renaming renaming = new Renaming(gone, name, node);
        renaming.on(live);
        pending.add(renaming);
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private boolean isDirectory(Path path) {
        return path.equals(directory);
    }

    private Node node(Path path) throws IOException {
        look();
        Node node = isDirectory(path) ? null : live.get(name(path));
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    // ---- what is done with files

    @Override
    public FileChannel newFileChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        look();
        if (isDirectory(path)) {
            return new Channel(null);
        }
        Node node = live.get(name(path));
        if (options.contains(StandardOpenOption.CREATE_NEW) && node != null) {
            throw new FileAlreadyExistsException(path.toString());
        }
        boolean creates =
                options.contains(StandardOpenOption.CREATE)
                        || options.contains(StandardOpenOption.CREATE_NEW);
        if (node == null && !creates) {
            throw new NoSuchFileException(path.toString());
        }
        if (node == null) {
            node = new Node();
            node.time = FileTime.from(clock.instant());
            rename(null, name(path), node);
        }
        return new Channel(node);
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        Node node = node(source);
        rename(name(source), name(target), node);
    }

    @Override
    public void delete(Path path) throws IOException {
        node(path);
        rename(name(path), null, null);
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        look();
        if (directoryExists || !isDirectory(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        directoryExists = true;
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
        look();
        List<Path> found = new ArrayList<>();
        for (String each : live.keySet()) {
            Path file = path.resolve(each);
            if (filter.accept(file)) {
                found.add(file);
            }
        }
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return found.iterator();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        look();
        if (isDirectory(path)) {
            if (!directoryExists) {
                throw new NoSuchFileException(path.toString());
            }
            return type.cast(new Attributes(true, 0, FileTime.fromMillis(0), this));
        }
        Node node = node(path);
        return type.cast(new Attributes(false, node.content.length, node.time, node.key));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        if (path.getNameCount() > 0) {
            readAttributes(path, BasicFileAttributes.class);
        }
    }

    private record Attributes(
            boolean isDirectory, long size, FileTime lastModifiedTime, Object fileKey)
            implements BasicFileAttributes {

        @Override
        public FileTime lastAccessTime() {
            return lastModifiedTime;
        }

        @Override
        public FileTime creationTime() {
            return lastModifiedTime;
        }

        @Override
        public boolean isRegularFile() {
            return !isDirectory;
        }

        @Override
        public boolean isSymbolicLink() {
            return false;
        }

        @Override
        public boolean isOther() {
            return false;
        }
    }

    /// An open file, or the open directory.
    private final class Channel extends FileChannel {
        private final @Nullable Node node;
        private int position;

        Channel(@Nullable Node node) {
            this.node = node;
        }

        private Node file() {
            if (node == null) {
                throw new UnsupportedOperationException("a directory");
            }
            return node;
        }

        @Override
        public int read(ByteBuffer target) {
            look();
            byte[] content = file().content;
            int count = Math.min(target.remaining(), content.length - position);
            if (count <= 0) {
                return -1;
            }
            target.put(content, position, count);
            position += count;
            return count;
        }

        @Override
        public int write(ByteBuffer source) {
            operate();
            Node file = file();
            int count = source.remaining();
            byte[] content =
                    Arrays.copyOf(file.content, Math.max(file.content.length, position + count));
            source.get(content, position, count);
            position += count;
            file.content = content;
            file.time = FileTime.from(clock.instant());
            return count;
        }

        @Override
        public void force(boolean metaData) {
            operate();
            if (isLiar) {
                return;
            }
            if (node == null) {
                pending.forEach(each -> each.on(disk));
                pending.clear();
            } else {
                node.synced = node.content;
            }
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public FileChannel position(long to) {
            position = Math.toIntExact(to);
            return this;
        }

        @Override
        public long size() {
            look();
            return file().content.length;
        }

        @Override
        public FileLock tryLock(long from, long size, boolean shared) {
            look();
            return new FileLock(this, from, size, shared) {
                @Override
                public boolean isValid() {
                    return true;
                }

                @Override
                public void release() {}
            };
        }

        @Override
        public FileLock lock(long from, long size, boolean shared) {
            return tryLock(from, size, shared);
        }

        @Override
        protected void implCloseChannel() {}

        @Override
        public FileChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long from, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long from, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer target, long from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source, long from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long from, long size) {
            throw new UnsupportedOperationException();
        }
    }

    // ---- paths: those of the real file system, with this one behind them

    private interface OnDisk {
        Path real();
    }

    private Path wrapped(Path real) {
        return (Path)
                Proxy.newProxyInstance(
                        SimulatedDisk.class.getClassLoader(),
                        new Class<?>[] {Path.class, OnDisk.class},
                        (self, method, arguments) ->
                                switch (method.getName()) {
                                    case "real" -> real;
                                    case "getFileSystem" -> files;
                                    case "toAbsolutePath", "normalize", "toRealPath" -> self;
                                    default -> invoked(real, method, arguments);
                                });
    }

    private Object invoked(Path real, Method method, Object @Nullable [] arguments)
            throws Throwable {
        Object[] given = arguments == null ? new Object[0] : arguments.clone();
        for (int i = 0; i < given.length; i++) {
            given[i] = given[i] instanceof OnDisk path ? path.real() : given[i];
        }
        try {
            Object result = method.invoke(real, given);
            return result instanceof Path path ? wrapped(path) : result;
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private static Path real(Path path) {
        if (path instanceof OnDisk wrapped) {
            return wrapped.real();
        }
        throw new ProviderMismatchException();
    }

    private final class Files extends FileSystem {

        @Override
        public FileSystemProvider provider() {
            return SimulatedDisk.this;
        }

        @Override
        public Path getPath(String first, String... more) {
            return wrapped(FileSystems.getDefault().getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher(pattern);
            return path -> matcher.matches(real(path));
        }

        @Override
        public WatchService newWatchService() throws IOException {
            throw new IOException("nothing is watched here");
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return "/";
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of(getPath("/"));
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return List.of();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return Set.of("basic");
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            throw new UnsupportedOperationException();
        }
    }

    // ---- what nobody here asks for

    @Override
    public String getScheme() {
        return "simulated";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public Path getPath(URI uri) {
        return files.getPath(uri.getPath());
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isSameFile(Path one, Path other) {
        return one.equals(other);
    }

    @Override
    public boolean isHidden(Path path) {
        return name(path).startsWith(".");
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return null;
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException();
    }
}
