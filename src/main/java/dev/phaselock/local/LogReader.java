package dev.phaselock.local;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Reads a file that may still grow. */
final class LogReader implements AutoCloseable {
    private static final int BLOCK = 8192;
    private static final long PAUSE_MILLIS = 50;

    private final RandomAccessFile file;

    LogReader(Path path) throws IOException {
        this.file = new RandomAccessFile(path.toFile(), "r");
    }

    /** Begins at the last lines of what is there now, the last of which may be unfinished. */
    void skipToLast(int lines) throws IOException {
        long position = file.length();
        // The line feed at the very end begins no line.
        int missing = endsWithLineFeed() ? lines + 1 : lines;
        byte[] block = new byte[BLOCK];
        while (position > 0 && missing > 0) {
            int length = (int) Math.min(BLOCK, position);
            file.seek(position - length);
            file.readFully(block, 0, length);
            int index = length;
            while (index > 0) {
                if (block[index - 1] == '\n' && --missing == 0) {
                    break;
                }
                index--;
            }
            position -= length - index;
        }
        file.seek(lines == 0 ? file.length() : position);
    }

    /**
     * Copies the rest, and what is added to it until it is complete, each piece at once.
     *
     * @param limit the most bytes
     * @param complete whether nothing is added any more
     */
    void copy(OutputStream target, long limit, BooleanSupplier complete) throws IOException {
        byte[] block = new byte[BLOCK];
        long left = limit;
        while (left > 0) {
            // Asked before reading: what is written before the end is read after it.
            boolean last = complete.getAsBoolean();
            int read = file.read(block, 0, (int) Math.min(BLOCK, left));
            if (read > 0) {
                target.write(block, 0, read);
                target.flush();
                left -= read;
            } else if (last) {
                return;
            } else {
                try {
                    Thread.sleep(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private boolean endsWithLineFeed() throws IOException {
        if (file.length() == 0) {
            return false;
        }
        file.seek(file.length() - 1);
        return file.read() == '\n';
    }
}
