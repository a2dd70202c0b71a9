package dev.bellhop.base;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The few calls of the operating system that Java has no word for. They are for any thread.
///
/// What a system does not have is answered as such, and never thrown: signals work on Linux and
/// macOS, the rest on Linux.
public final class Posix {

    private static final boolean MAC = System.getProperty("os.name", "").startsWith("Mac");
    private static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");

    private static final Map<String, Integer> SIGNALS =
            Map.of(
                    "HUP", 1,
                    "INT", 2,
                    "QUIT", 3,
                    "KILL", 9,
                    "TERM", 15,
                    "STOP", MAC ? 17 : 19,
                    "CONT", MAC ? 19 : 18);

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int ESRCH = 3;
    private static final int EINTR = 4;
    private static final int EACCES = 13;
    private static final int ENOSPC = 28;
    private static final int LINUX_ENOSYS = 38;
    private static final int LINUX_ELOOP = 40;
    private static final int LINUX_EOPNOTSUPP = 95;

    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    /// One of the few flags whose value depends on the processor. Where it is not known no file is
    /// opened.
    private static final @Nullable Integer O_NOFOLLOW =
            switch (System.getProperty("os.arch", "")) {
                case "amd64", "riscv64" -> 0x20000;
                case "aarch64" -> 0x8000;
                default -> null;
            };

    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_BYTES = 256;
    private static final int STX_BLOCKS_OFFSET = 48;
    private static final int BLOCK_BYTES = 512;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final @Nullable MethodHandle KILL =
            call("kill", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final @Nullable MethodHandle OPEN =
            call("open", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final @Nullable MethodHandle CLOSE = call("close", ValueLayout.JAVA_INT);
    private static final @Nullable MethodHandle FALLOCATE =
            call(
                    "fallocate",
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);
    private static final @Nullable MethodHandle STATX =
            call(
                    "statx",
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS);

    private Posix() {}

    /// Gets the calls ready. Whoever comes first does, and waits a tenth of a second or two; with
    /// this that need not be somebody in a hurry.
    public static void load() {
        // By now the constants of this class are there.
    }

    /// What became of a signal.
    public enum Delivery {
        /// Somebody it was meant for got it; a zombie counts.
        SENT,
        /// There is nobody of that number.
        NO_SUCH_PROCESS,
        /// They belong to somebody else.
        NOT_PERMITTED,
        /// This system cannot be asked.
        NOT_SUPPORTED
    }

    /// The number of a signal on this system.
    ///
    /// @param name `TERM`, `INT`, `HUP`, `QUIT`, `KILL`, `CONT` or `STOP`
    public static int signal(String name) {
        Integer number = SIGNALS.get(name);
        if (number == null) {
            throw new IllegalArgumentException("no signal: " + name);
        }
        return number;
    }

    /// Sends a signal to the process `pid`, or, when negative, to the process group `-pid`. A
    /// number may have been given to somebody else meanwhile: who sends looks at the
    /// [ProcessIdentity] first.
    ///
    /// @param pid never 0, 1 or -1, which would mean ourselves, the system or everybody
    /// @param signal 0 sends none, and asks whether there is somebody
    public static Delivery kill(long pid, int signal) {
        if ((pid >= -1 && pid <= 1) || pid != (int) pid) {
            throw new IllegalArgumentException("no process or group to signal: " + pid);
        }
        MethodHandle kill = KILL;
        if (kill == null) {
            return Delivery.NOT_SUPPORTED;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            if ((int) kill.invokeExact(state, (int) pid, signal) == 0) {
                return Delivery.SENT;
            }
            int errno = (int) ERRNO.get(state, 0L);
            return switch (errno) {
                case ESRCH -> Delivery.NO_SUCH_PROCESS;
                case EPERM -> Delivery.NOT_PERMITTED;
                default -> throw new IllegalArgumentException("no signal: " + signal);
            };
        } catch (Throwable e) {
            throw thrownOn(e);
        }
    }

    /// Gives the space of a part of `file` back to the disk. The file keeps its size, and the part
    /// reads as zeros.
    ///
    /// @return false if the system or the file system cannot; nothing has changed then
    /// @throws IOException if there is no such regular file, or it may not be written
    public static boolean punchHole(Path file, long offset, long length) throws IOException {
        if (offset < 0 || length <= 0) {
            throw new IllegalArgumentException("no part of a file: " + offset + ", " + length);
        }
        MethodHandle fallocate = FALLOCATE;
        MethodHandle close = CLOSE;
        if (!LINUX || OPEN == null || O_NOFOLLOW == null || fallocate == null || close == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            // A pipe would wait for a reader; without one it is refused.
            int flags = O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW;
            int descriptor = open(arena, state, file, flags);
            try {
                int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
                while ((int) fallocate.invokeExact(state, descriptor, mode, offset, length) != 0) {
                    int errno = (int) ERRNO.get(state, 0L);
                    if (errno == LINUX_EOPNOTSUPP || errno == LINUX_ENOSYS) {
                        return false;
                    }
                    if (errno != EINTR) {
                        throw failed(file, errno);
                    }
                }
                return true;
            } finally {
                int _ = (int) close.invokeExact(state, descriptor);
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw thrownOn(e);
        }
    }

    private static int open(Arena arena, MemorySegment state, Path file, int flags)
            throws Throwable {
        MemorySegment name = arena.allocateFrom(file.toString());
        MethodHandle open = Objects.requireNonNull(OPEN);
        while (true) {
            int descriptor = (int) open.invokeExact(state, name, flags);
            if (descriptor >= 0) {
                return descriptor;
            }
            int errno = (int) ERRNO.get(state, 0L);
            if (errno != EINTR) {
                throw failed(file, errno);
            }
        }
    }

    /// How much of the disk `file` takes up: less than its size where it has holes. A symbolic link
    /// is not followed.
    ///
    /// @return empty if the system does not tell
    /// @throws IOException if there is no such file
    public static OptionalLong allocatedBytes(Path file) throws IOException {
        MethodHandle statx = STATX;
        if (!LINUX || statx == null) {
            return OptionalLong.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment name = arena.allocateFrom(file.toString());
            MemorySegment result = arena.allocate(STATX_BYTES, Long.BYTES);
            int failure =
                    (int)
                            statx.invokeExact(
                                    state,
                                    AT_FDCWD,
                                    name,
                                    AT_SYMLINK_NOFOLLOW,
                                    STATX_BLOCKS,
                                    result);
            if (failure == 0) {
                return OptionalLong.of(
                        result.get(ValueLayout.JAVA_LONG, STX_BLOCKS_OFFSET) * BLOCK_BYTES);
            }
            int errno = (int) ERRNO.get(state, 0L);
            // A sandbox may forbid calls that it does not know.
            if (errno == LINUX_ENOSYS || errno == EPERM) {
                return OptionalLong.empty();
            }
            throw failed(file, errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw thrownOn(e);
        }
    }

    /// A function of the C library that returns an int; null where there is none.
    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle call(String name, MemoryLayout... parameters) {
        try {
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(address ->
                            linker.downcallHandle(
                                    address,
                                    FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters),
                                    Linker.Option.captureCallState("errno")))
                    .orElse(null);
        } catch (UnsupportedOperationException | IllegalCallerException e) {
            return null;
        }
    }

    private static IOException failed(Path file, int errno) {
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(file.toString());
            case EACCES, EPERM -> new AccessDeniedException(file.toString());
            case ENOSPC ->
                    new FileSystemException(file.toString(), null, "No space left on device");
            case LINUX_ELOOP -> new FileSystemException(file.toString(), null, "a symbolic link");
            default -> new FileSystemException(file.toString(), null, "error " + errno);
        };
    }

    /// A method handle may throw anything, though the functions behind these throw nothing.
    private static RuntimeException thrownOn(Throwable e) {
        return switch (e) {
            case RuntimeException exception -> exception;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }
}
