package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A {@link StandInNode} as a process of its own, until SIGTERM. */
final class StandInNodeProgram {
    private StandInNodeProgram() {}

    /** Its arguments: the control plane's folder, the node's name, and the words of the entrypoint. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        ControlPlane controlPlane =
                ControlPlane.running(folder).orElseThrow(() -> new IOException("No control plane runs on " + folder));
        StandInNode node =
                StandInNode.start(controlPlane, arguments[1], List.of(arguments).subList(2, arguments.length));
        Runtime.getRuntime().addShutdownHook(new Thread(node::close, "end-node"));
        new CountDownLatch(1).await();
    }
}
