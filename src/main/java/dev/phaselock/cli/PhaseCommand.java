package dev.phaselock.cli;

import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.SessionFactory;
import dev.phaselock.run.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a Job's container runs: one phase, told by environment variables, its result left as the termination message. It
 * holds no Kubernetes credentials.
 *
 * <table>
 * <caption>The environment</caption>
 * <tr><td>PHASELOCK_REQUEST</td><td>the {@link PhaseRequest}, JSON</td></tr>
 * <tr><td>PHASELOCK_SECRET_DIR</td><td>where the database's Secret is mounted</td></tr>
 * <tr><td>PHASELOCK_CA_FILE</td><td>the certificate authority's file; optional</td></tr>
 * <tr><td>PHASELOCK_RESULT</td><td>where the {@link PhaseResult} goes; /dev/termination-log when left out</td></tr>
 * </table>
 */
final class PhaseCommand {
    private static final int INTERRUPTION_SECONDS = 4;

    private PhaseCommand() {}

    /** The exit code: see {@link PhaseResult.Outcome#exitCode}. */
    static int run(Map<String, String> environment, String[] arguments) {
        if (arguments.length > 0) {
            System.err.println(
                    "Usage: phaselock phase\n\nCarries out one phase inside a Job, told by PHASELOCK_REQUEST,"
                            + " PHASELOCK_SECRET_DIR, PHASELOCK_CA_FILE and PHASELOCK_RESULT.");
            return arguments[0].equals("--help") || arguments[0].equals("-h") ? 0 : ExitCodes.USAGE;
        }
        String document = environment.get("PHASELOCK_REQUEST");
        if (document == null) {
            System.err.println("phaselock phase: PHASELOCK_REQUEST is missing; phases are started by Jobs, and from a"
                    + " terminal by phaselock run");
            return ExitCodes.USAGE;
        }
        Interruption interruption = new Interruption();
        CountDownLatch written = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            interruption.request();
            try {
                written.await(INTERRUPTION_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }));
        try {
            PhaseRequest request = ResultJson.read(document, PhaseRequest.class);
            PhaseResult result = new PhaseRunner(
                            sessions(environment, request), Timing.system(), interruption, PhaseCommand::tell)
                    .run(request);
            String json = ResultJson.writeResult(result);
            Files.writeString(Path.of(environment.getOrDefault("PHASELOCK_RESULT", "/dev/termination-log")), json);
            return result.outcome().exitCode();
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("phaselock phase: " + e.getMessage());
            return ExitCodes.UNEXPECTED;
        } finally {
            written.countDown();
        }
    }

    /** The files are read at each connection: a Secret may be rotated while a phase runs. */
    private static SessionFactory sessions(Map<String, String> environment, PhaseRequest request) {
        Path secret = Path.of(environment.getOrDefault("PHASELOCK_SECRET_DIR", "/etc/phaselock/database"));
        String authority = environment.get("PHASELOCK_CA_FILE");
        Path authorityFolder = authority == null ? null : Path.of(authority).getParent();
        return () -> new Sessions(
                        ConnectionSettings.ofSecret(secret, authorityFolder, request.database()),
                        request.change(),
                        request.phase())
                .open();
    }

    private static synchronized void tell(PhaseProgress progress) {
        System.out.println(ResultJson.write(progress));
    }
}
