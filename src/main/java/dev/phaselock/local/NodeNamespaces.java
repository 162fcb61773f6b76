package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What keeps a {@link RealNode} apart from this machine: namespaces of its own for network, mounts and processes. Bridge,
 * pods' interfaces, iptables rules, mounts and every process of every container live in them, so that all of it ends with
 * one process, which the kernel sees to, however the node was ended. Needs root.
 *
 * <p>In the machine itself there are only the link, which ends with the namespaces, and the containers' cgroups.
 */
final class NodeNamespaces {
    private static final String HOLDER = "namespaces";
    private static final Duration START = Duration.ofSeconds(10);
    private static final Duration END = Duration.ofSeconds(20);
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private final Path folder;
    private final ProcessLedger ledger;

    private NodeNamespaces(Path folder) {
        this.folder = folder;
        this.ledger = new ProcessLedger(folder.resolve("processes"));
    }

    /**
     * Makes them.
     *
     * @param folder the node's, of this user only
     * @param pause the program that is their first process
     */
    static NodeNamespaces start(Path folder, Path pause, NodeNetwork network) throws IOException {
        NodeNamespaces namespaces = new NodeNamespaces(folder);
        Path script = folder.resolve("namespaces.sh");
        PrivateFiles.write(script, NodeFiles.namespaces(folder, network));
        List<String> command = new ArrayList<>(
                List.of("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"));
        command.addAll(List.of("--", "/bin/sh", script.toString(), pause.toString()));
        try {
            ProcessHandle holder = namespaces.run(HOLDER, command);
            Await.until(START, () -> namespaces.isMade() || !holder.isAlive());
            if (!namespaces.isMade()) {
                throw new IOException("The node's namespaces were not made: " + namespaces.endOfLog(HOLDER));
            }
            namespaces.link(network);
        } catch (IOException | RuntimeException e) {
            namespaces.end();
            throw e;
        }
        return namespaces;
    }

    /** Ends the node whose folder this is, if it runs, with all of its containers. */
    static void end(Path folder) throws IOException {
        new NodeNamespaces(folder).end();
    }

    /** Starts a program in them that goes on until they end; its output is in {@code NAME.log}. */
    void start(String name, List<String> command) throws IOException {
        run(name, inside(command));
    }

    /** Whether a program of {@link #start} runs. */
    boolean runs(String name) {
        try {
            return ledger.running(name).isPresent();
        } catch (IOException _) {
            return false;
        }
    }

    /** Runs a program in them to its end; see {@link Command}. Paths have to be absolute. */
    String output(String... command) throws IOException {
        return Command.output(inside(List.of(command)));
    }

    /** SIGKILL for a program of {@link #start} and what it has started but moved nowhere else. */
    void kill(String name) throws IOException {
        List<ProcessHandle> all = new ArrayList<>();
        ledger.running(name).ifPresent(process -> {
            all.addAll(process.descendants().toList());
            all.add(process);
        });
        all.forEach(ProcessHandle::destroyForcibly);
        ledger.end(name::equals, Duration.ZERO);
    }

    /** Ends everything in them. */
    void end() throws IOException {
        Optional<ProcessHandle> first = first();
        ledger.end(_ -> true, Duration.ZERO);
        if (first.isPresent()) {
            ProcessIdentity identity = ProcessIdentity.of("first", first.get());
            if (!Await.until(END, () -> identity.running().isEmpty())) {
                throw new IOException("The node of " + folder + " does not end: process " + identity.pid());
            }
        }
        Path device = folder.resolve("device");
        if (Files.exists(device)) {
            Path link = Path.of("/sys/class/net", Files.readString(device));
            if (!Await.until(END, () -> !Files.exists(link))) {
                throw new IOException(
                        "The link " + link.getFileName() + " to the node of " + folder + " is still there");
            }
        }
        deleteCgroups();
    }

    String endOfLog(String name) throws IOException {
        Path log = log(name);
        if (!Files.exists(log)) {
            return "";
        }
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    private void link(NodeNetwork network) throws IOException {
        String device = network.device();
        String first = Long.toString(first().orElseThrow().pid());
        Command.output("ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", first);
        PrivateFiles.write(folder.resolve("device"), device);
        Command.output("ip", "addr", "add", network.machine() + network.bits(), "dev", device);
        Command.output("ip", "link", "set", device, "up");
        output("ip", "addr", "add", network.node() + network.bits(), "dev", "eth0");
        output("ip", "link", "set", "eth0", "up");
        output("ip", "route", "add", "default", "via", network.machine());
        // Pods are seen by their own addresses.
        Command.output("ip", "route", "add", network.pods(), "via", network.node(), "dev", device);
    }

    private ProcessHandle run(String name, List<String> command) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("HOME", folder.toString());
        return ledger.start(name, command, environment, folder, log(name));
    }

    private List<String> inside(List<String> command) throws IOException {
        String first = Long.toString(
                first().orElseThrow(() -> new IOException("The node has ended")).pid());
        List<String> all = new ArrayList<>(List.of("nsenter", "-t", first, "-n", "-m", "-p", "--"));
        all.addAll(command);
        return all;
    }

    /** The first process in them: the only child of the one that has made them. */
    private Optional<ProcessHandle> first() throws IOException {
        return ledger.running(HOLDER).flatMap(holder -> holder.children().findFirst());
    }

    private boolean isMade() {
        return Files.exists(folder.resolve("made"));
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    /** The kernel keeps them when their processes have ended. */
    private void deleteCgroups() throws IOException {
        String name = NodeFiles.cgroup(folder);
        List<Path> groups = new ArrayList<>();
        if (Files.isDirectory(CGROUPS)) {
            try (Stream<Path> controllers = Files.list(CGROUPS)) {
                Stream.concat(Stream.of(CGROUPS), controllers)
                        .map(controller -> controller.resolve(name))
                        .filter(Files::isDirectory)
                        .forEach(groups::add);
            }
        }
        for (Path group : groups) {
            try (Stream<Path> all = Files.walk(group)) {
                // Only the folders: what is in them are the kernel's.
                for (Path each : all.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
