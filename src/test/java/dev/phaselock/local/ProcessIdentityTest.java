package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ProcessIdentityTest {
    @Test
    void isFoundAgainFromItsLine() {
        ProcessIdentity self = ProcessIdentity.of("self", ProcessHandle.current());
        assertThat(ProcessIdentity.parse(self.line())).isEqualTo(self);
        assertThat(self.running()).contains(ProcessHandle.current());
    }

    @Test
    void aProcessThatGotTheSameIdLaterIsAnotherOne() {
        long pid = ProcessHandle.current().pid();
        assertThat(new ProcessIdentity("other", pid, Instant.parse("2001-01-01T00:00:00Z")).running())
                .isEmpty();
    }

    @Test
    void aProcessWhoseParentNeverAsksForItsEndHasEndedAllTheSame() throws Exception {
        // The shell starts a child and becomes a program that does not wait for it.
        Process parent = new ProcessBuilder("/bin/sh", "-c", "sleep 600 & echo $!; exec sleep 600").start();
        try (BufferedReader output = parent.inputReader()) {
            ProcessHandle child =
                    ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
            ProcessIdentity identity = ProcessIdentity.of("child", child);
            assertThat(identity.running()).isPresent();
            // As long as it is a shell it may ask for its child's end.
            await().atMost(5, SECONDS)
                    .until(() -> parent.info().command().orElse("").endsWith("sleep"));
            child.destroyForcibly();
            await().atMost(5, SECONDS).until(() -> identity.running().isEmpty());
            assertThat(child.isAlive()).as("a zombie").isTrue();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void aLineOfSomethingElseIsRefused() {
        assertThatThrownBy(() -> ProcessIdentity.parse("etcd 12")).isInstanceOf(IllegalArgumentException.class);
    }
}
