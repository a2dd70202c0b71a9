package dev.bellhop.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bellhop.store.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What many task files said, in one file: a server that starts then looks whether each is still
/// what it was, and need not read it.
///
/// It can be worked out again from the task files at any time, and is not looked at where it is
/// missing, damaged or of another version.
record TaskSnapshot(List<Entry> entries) {

    private static final byte[] HEAD = "bellhop tasks 2\n".getBytes(StandardCharsets.US_ASCII);
    private static final int SUM_BYTES = Integer.BYTES;
    private static final int NO_TEXT = -1;
    private static final long NO_TIME = Long.MIN_VALUE;

    /// One task file.
    ///
    /// @param stamp what the file was like when it was read
    record Entry(TaskFiles.Content content, FileStamp stamp) {}

    /// What is in `file`; nothing if there is none that holds.
    static TaskSnapshot read(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return new TaskSnapshot(List.of());
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length - SUM_BYTES;
            if (end < HEAD.length
                    || Arrays.mismatch(HEAD, 0, HEAD.length, bytes, 0, HEAD.length) >= 0
                    || ByteBuffer.wrap(bytes).getInt(end) != sum(bytes, end)) {
                return new TaskSnapshot(List.of());
            }
            return new Reader(bytes, ByteBuffer.wrap(bytes).position(HEAD.length)).snapshot();
        } catch (NoSuchFileException e) {
            return new TaskSnapshot(List.of());
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// Makes it the content of `file`.
    void write(Path file) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 20);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(HEAD);
            new Writer(out).snapshot(this);
            byte[] written = bytes.toByteArray();
            out.writeInt(sum(written, written.length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        AtomicFile.replaceLooselyAndPrivately(file, bytes.toByteArray());
    }

    private static int sum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }

    private record Writer(DataOutputStream out) {

        void snapshot(TaskSnapshot snapshot) throws IOException {
            out.writeInt(snapshot.entries().size());
            for (Entry entry : snapshot.entries()) {
                out.writeLong(entry.stamp().size());
                out.writeLong(entry.stamp().modifiedNanos());
                out.writeInt(entry.stamp().key());
                task(entry.content().task());
                ids(entry.content().blocks());
            }
        }

        private void task(Task task) throws IOException {
            out.writeInt(task.id().number());
            text(task.subject());
            text(task.description());
            out.writeByte(task.status().mark());
            ids(task.blockedBy());
            text(task.owner());
            out.writeInt(task.priority());
            out.writeInt(task.labels().size());
            for (String label : task.labels()) {
                text(label);
            }
            out.writeInt(task.parent() == null ? 0 : task.parent().number());
            time(task.notBefore());
            text(task.result());
            out.writeInt(task.notes().size());
            for (Task.Note note : task.notes()) {
                time(note.at());
                text(note.by());
                text(note.text());
            }
            text(TaskFiles.course(task));
            Task.RequestKey key = task.requestKey();
            text(key == null ? null : key.key());
            text(key == null ? null : key.payload());
            time(task.createdAt());
            time(task.updatedAt());
            out.writeInt(task.other().size());
            for (Map.Entry<String, JsonNode> each : task.other().entrySet()) {
                text(each.getKey());
                text(TaskFiles.text(each.getValue()));
            }
        }

        private void ids(Collection<TaskId> ids) throws IOException {
            out.writeInt(ids.size());
            for (TaskId id : ids) {
                out.writeInt(id.number());
            }
        }

        private void text(@Nullable String text) throws IOException {
            if (text == null) {
                out.writeInt(NO_TEXT);
                return;
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length);
            out.write(bytes);
        }

        private void time(@Nullable Instant time) throws IOException {
            if (time == null) {
                out.writeLong(NO_TIME);
                return;
            }
            out.writeLong(time.getEpochSecond());
            out.writeInt(time.getNano());
        }
    }

    private static final class Reader {
        private static final Map<Character, Status> STATUSES = statuses();

        private final byte[] bytes;
        private final ByteBuffer in;

        /// @param in over `bytes`
        Reader(byte[] bytes, ByteBuffer in) {
            this.bytes = bytes;
            this.in = in;
        }

        private static Map<Character, Status> statuses() {
            Map<Character, Status> statuses = new HashMap<>();
            for (Status status : Status.values()) {
                statuses.put(status.mark(), status);
            }
            return statuses;
        }

        TaskSnapshot snapshot() {
            int count = in.getInt();
            List<Entry> entries = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                FileStamp stamp = new FileStamp(in.getLong(), in.getLong(), in.getInt(), true, 0);
                entries.add(new Entry(new TaskFiles.Content(task(), ids()), stamp));
            }
            return new TaskSnapshot(entries);
        }

        private Task task() {
            TaskId id = new TaskId(in.getInt());
            String subject = someText();
            String description = someText();
            Status status = STATUSES.getOrDefault((char) in.get(), Status.PENDING);
            List<TaskId> blockers = ids();
            SequencedSet<TaskId> blockedBy =
                    blockers.isEmpty() ? Task.NO_IDS : new LinkedHashSet<>(blockers);
            String owner = text();
            int priority = in.getInt();
            SequencedSet<String> labels = labels();
            int parent = in.getInt();
            Instant notBefore = time();
            String result = text();
            List<Task.Note> notes = notes();
            TaskFiles.Course course = TaskFiles.Course.parse(text());
            String key = text();
            String payload = text();
            return new Task(
                    id,
                    subject,
                    description,
                    status,
                    blockedBy,
                    owner,
                    priority,
                    labels,
                    parent == 0 ? null : new TaskId(parent),
                    notBefore,
                    result,
                    notes,
                    course.terms(),
                    course.work(),
                    key == null || payload == null ? null : new Task.RequestKey(key, payload),
                    time(),
                    time(),
                    other());
        }

        private SequencedSet<String> labels() {
            int count = in.getInt();
            if (count == 0) {
                return Task.NO_WORDS;
            }
            SequencedSet<String> labels = new LinkedHashSet<>();
            for (int i = 0; i < count; i++) {
                labels.add(someText());
            }
            return labels;
        }

        private List<Task.Note> notes() {
            List<Task.Note> notes = new ArrayList<>();
            int count = in.getInt();
            for (int i = 0; i < count; i++) {
                Instant at = time();
                notes.add(new Task.Note(at == null ? Instant.EPOCH : at, someText(), someText()));
            }
            return notes;
        }

        private SequencedMap<String, JsonNode> other() {
            int count = in.getInt();
            if (count == 0) {
                return Task.NO_KEYS;
            }
            SequencedMap<String, JsonNode> other = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                other.put(someText(), TaskFiles.value(someText()));
            }
            return other;
        }

        private List<TaskId> ids() {
            int count = in.getInt();
            if (count == 0) {
                return List.of();
            }
            List<TaskId> ids = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                ids.add(new TaskId(in.getInt()));
            }
            return ids;
        }

        private String someText() {
            String text = text();
            return text == null ? "" : text;
        }

        private @Nullable String text() {
            int length = in.getInt();
            if (length == NO_TEXT) {
                return null;
            }
            String text = new String(bytes, in.position(), length, StandardCharsets.UTF_8);
            in.position(in.position() + length);
            return text;
        }

        private @Nullable Instant time() {
            long second = in.getLong();
            return second == NO_TIME ? null : Instant.ofEpochSecond(second, in.getInt());
        }
    }
}
