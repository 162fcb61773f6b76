package dev.phaselock.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes images as {@code docker save} does: a tar of a layer, a configuration and a manifest. */
final class ImageArchive {
    private static final int PROGRAM = 0100755;

    private ImageArchive() {}

    /** An image with nothing in it but one static program. */
    static void write(Path archive, String name, Path program) throws IOException {
        ByteArrayOutputStream layer = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(layer)) {
            add(tar, "program", PROGRAM, Files.readAllBytes(program));
        }
        String config = """
                {"architecture": "%s", "os": "linux", "config": {"Entrypoint": ["/program"]},
                 "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}
                """.formatted(architecture(), sha256(layer.toByteArray()));
        String manifest = """
                [{"Config": "config.json", "RepoTags": ["%s"], "Layers": ["layer.tar"]}]
                """.formatted(name);
        try (OutputStream out = Files.newOutputStream(archive);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            add(tar, "manifest.json", TarArchiveEntry.DEFAULT_FILE_MODE, manifest.getBytes(StandardCharsets.UTF_8));
            add(tar, "config.json", TarArchiveEntry.DEFAULT_FILE_MODE, config.getBytes(StandardCharsets.UTF_8));
            add(tar, "layer.tar", TarArchiveEntry.DEFAULT_FILE_MODE, layer.toByteArray());
        }
    }

    private static void add(TarArchiveOutputStream tar, String name, int mode, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static String architecture() {
        return "aarch64".equals(System.getProperty("os.arch")) ? "arm64" : "amd64";
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
