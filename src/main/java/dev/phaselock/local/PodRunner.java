package dev.phaselock.local;

import static java.lang.System.Logger.Level.WARNING;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The life of one pod on a node, in a thread of its own: prepare, start, wait for the end, report each of them, and
 * confirm the deletion when somebody has asked for it, whenever that was.
 */
final class PodRunner implements Runnable {
    private static final System.Logger LOG = System.getLogger(PodRunner.class.getName());
    private static final Duration PREPARE_AGAIN = Duration.ofMillis(500);
    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final int DEFAULT_GRACE_SECONDS = 30;

    private final Pod pod;
    private final PodFolder folder;
    private final PodPreparation preparation;
    private final PodReporter reporter;
    private final Instant accepted = Instant.now();
    private final CountDownLatch stopRequested = new CountDownLatch(1);

    // Guarded by this.
    private @Nullable ContainerProcess process;
    private boolean deletionRequested;
    private boolean ended;

    PodRunner(Pod pod, PodFolder folder, PodPreparation preparation, PodReporter reporter) {
        this.pod = pod;
        this.folder = folder;
        this.preparation = preparation;
        this.reporter = reporter;
    }

    @Override
    public void run() {
        try {
            PodEnd end = liveOrGiveUp();
            boolean neverStarted = end.container().isEmpty() && end.reason().isEmpty();
            if (!neverStarted || deletionRequested()) {
                reporter.ended(pod, accepted, end);
            }
            boolean confirm;
            synchronized (this) {
                ended = true;
                confirm = deletionRequested;
            }
            if (confirm) {
                reporter.confirmDeletion(pod);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                ended = true;
                if (process != null) {
                    process.stop(Duration.ZERO);
                }
            }
        }
    }

    /**
     * Ends the pod, for its deletion: SIGTERM now, SIGKILL after the grace period. May be called again with a shorter
     * one. Returns at once.
     */
    void delete(Duration grace) {
        boolean confirm;
        synchronized (this) {
            confirm = ended && !deletionRequested;
            deletionRequested = true;
            stop(grace);
        }
        if (confirm) {
            Thread.startVirtualThread(() -> {
                try {
                    reporter.confirmDeletion(pod);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    /** Ends the container, if there is one, and starts none any more. Returns at once. */
    synchronized void stop(Duration grace) {
        stopRequested.countDown();
        if (process != null && !ended) {
            process.stop(grace);
        }
    }

    /** Whether nothing of it runs any more and all is reported. */
    synchronized boolean ended() {
        return ended;
    }

    private synchronized boolean deletionRequested() {
        return deletionRequested;
    }

    private PodEnd liveOrGiveUp() throws InterruptedException {
        try {
            return live();
        } catch (IOException | RuntimeException e) {
            LOG.log(WARNING, "The pod " + pod.getMetadata().getName() + " was given up", e);
            return PodEnd.lost("NodeError", "The stand-in for a node failed: " + e);
        }
    }

    private PodEnd live() throws IOException, InterruptedException {
        try {
            PodPreparation.check(pod);
            Optional<PodLaunch> launch = prepare();
            if (launch.isEmpty()) {
                return timeLeft().isPositive() ? PodEnd.lost("", "") : PodEnd.deadlineExceeded(Optional.empty());
            }
            ContainerProcess container = start(launch.get());
            return container == null ? PodEnd.lost("", "") : carryOut(container);
        } catch (PodUnsupportedException e) {
            return PodEnd.lost("Unsupported", "The stand-in for a node does not support " + e.getMessage());
        } catch (StartException e) {
            // The exit code and reason that a kubelet gives.
            return PodEnd.of(new PodEnd.ContainerEnd(128, "StartError", e.getMessage(), accepted, Instant.now()));
        }
    }

    /** Tries until all is there that the pod needs; empty when it was stopped or its time is over. */
    private Optional<PodLaunch> prepare() throws IOException, InterruptedException, PodUnsupportedException {
        String reported = "";
        while (true) {
            try {
                return Optional.of(preparation.prepare(pod, folder));
            } catch (PodNotReadyException e) {
                if (!reported.equals(e.getMessage())) {
                    reporter.waiting(pod, accepted, e.reason(), e.getMessage());
                    reported = e.getMessage();
                }
            }
            Duration pause = timeLeft().compareTo(PREPARE_AGAIN) < 0 ? timeLeft() : PREPARE_AGAIN;
            boolean stopped = stopRequested.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            if (stopped || !timeLeft().isPositive()) {
                return Optional.empty();
            }
        }
    }

    /** Null when it was stopped before. */
    private synchronized @Nullable ContainerProcess start(PodLaunch launch) throws StartException {
        if (stopRequested.getCount() == 0) {
            return null;
        }
        try {
            process = ContainerProcess.start(launch, folder);
            return process;
        } catch (IOException e) {
            throw new StartException(e);
        }
    }

    private PodEnd carryOut(ContainerProcess container) throws IOException, InterruptedException {
        reporter.running(pod, accepted, container.started());
        boolean inTime = container.awaitEnd(timeLeft());
        if (!inTime) {
            container.stop(grace());
        }
        int exitCode = container.end();
        Instant finished = Instant.now();
        boolean orElseLog = exitCode != 0
                && "FallbackToLogsOnError"
                        .equals(pod.getSpec().getContainers().getFirst().getTerminationMessagePolicy());
        PodEnd.ContainerEnd end = new PodEnd.ContainerEnd(
                exitCode,
                exitCode == 0 ? "Completed" : "Error",
                folder.readTerminationMessage(orElseLog),
                container.started(),
                finished);
        return inTime ? PodEnd.of(end) : PodEnd.deadlineExceeded(Optional.of(end));
    }

    private Duration grace() {
        Long seconds = pod.getSpec().getTerminationGracePeriodSeconds();
        return Duration.ofSeconds(seconds == null ? DEFAULT_GRACE_SECONDS : seconds);
    }

    /** Of the pod's own activeDeadlineSeconds, which nothing but a node enforces. */
    private Duration timeLeft() {
        Long seconds = pod.getSpec().getActiveDeadlineSeconds();
        return seconds == null ? FOREVER : Duration.between(Instant.now(), accepted.plusSeconds(seconds));
    }

    /** The program of a container cannot be started. */
    private static final class StartException extends Exception {
        private static final long serialVersionUID = 1;

        StartException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
