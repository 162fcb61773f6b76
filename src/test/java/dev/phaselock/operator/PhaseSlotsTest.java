package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.operator.PhaseSlots.Claim;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PhaseSlotsTest {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    private Instant now = START;
    private final PhaseSlots slots =
            new PhaseSlots(new OperatorSettings("image", 5, 2, Duration.ofMinutes(10)), new Clock() {
                @Override
                public Instant instant() {
                    return now;
                }

                @Override
                public java.time.ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(java.time.ZoneId zone) {
                    throw new UnsupportedOperationException();
                }
            });

    private static Claim claim(int number, String database, String... relations) {
        return new Claim(
                "uid-" + number,
                "shop/change-" + number,
                START.plusSeconds(number),
                "shop/" + database,
                Set.of(relations));
    }

    @Test
    void noMoreRunThanMayInAll() {
        List<Claim> running = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Claim claim = claim(i, "db-" + i);
            assertThat(slots.ask(claim, running, List.of())).isEmpty();
            running.add(claim);
        }
        assertThat(slots.ask(claim(9, "db-9"), running, List.of()))
                .get()
                .asString()
                .contains("5 phases");
        running.removeFirst();
        slots.release("uid-0");
        assertThat(slots.ask(claim(9, "db-9"), running, List.of())).isEmpty();
    }

    @Test
    void noMoreRunThanMayOnOneDatabase() {
        List<Claim> running = List.of(claim(1, "db"), claim(2, "db"));

        assertThat(slots.ask(claim(3, "db"), running, List.of()))
                .get()
                .asString()
                .contains("on this database");
        assertThat(slots.ask(claim(4, "other"), running, List.of())).isEmpty();
    }

    @Test
    void neverTwoOnOneRelation() {
        List<Claim> running = List.of(claim(1, "db", "public.orders", "public.customers"));

        assertThat(slots.ask(claim(2, "db", "public.items", "public.orders"), running, List.of()))
                .get()
                .asString()
                .contains("shop/change-1 works on public.orders");
        assertThat(slots.ask(claim(3, "other", "public.orders"), running, List.of()))
                .isEmpty();
        assertThat(slots.ask(claim(4, "db", "public.items"), running, List.of()))
                .isEmpty();
    }

    @Test
    void whatAChangeWorksOnIsNotForgottenForItsJobThatHasJustEnded() {
        Claim preflight = claim(1, "db");
        assertThat(slots.ask(claim(1, "db", "public.orders"), List.of(preflight), List.of()))
                .isEmpty();

        assertThat(slots.ask(claim(2, "db", "public.orders"), List.of(preflight), List.of()))
                .isPresent();
        assertThat(slots.ask(claim(3, "db", "public.items"), List.of(preflight), List.of()))
                .as("it counts once")
                .isEmpty();
    }

    @Test
    void aChangeIsNotInItsOwnWay() {
        Claim claim = claim(1, "db", "public.orders");

        assertThat(slots.ask(claim, List.of(claim), List.of())).isEmpty();
        assertThat(slots.ask(claim, List.of(claim), List.of(claim))).isEmpty();
    }

    @Test
    void thoseWhoCameFirstGoFirst() {
        List<Claim> running = List.of(claim(1, "db"));
        Claim older = claim(2, "db");
        Claim younger = claim(3, "db");

        assertThat(slots.ask(younger, running, List.of(younger, older))).isPresent();
        assertThat(slots.ask(older, running, List.of(younger, older))).isEmpty();
    }

    @Test
    void oneWhoCannotRunAnywayHoldsNobodyUp() {
        List<Claim> running = List.of(claim(1, "db", "public.orders"));
        Claim older = claim(2, "db", "public.orders");
        Claim younger = claim(3, "db", "public.items");

        assertThat(slots.ask(younger, running, List.of(older))).isEmpty();
    }

    @Test
    void aReservationCountsUntilTheJobIsSeenOrItsTimeIsOver() {
        assertThat(slots.ask(claim(1, "db"), List.of(), List.of())).isEmpty();
        assertThat(slots.ask(claim(2, "db"), List.of(), List.of())).isEmpty();
        assertThat(slots.ask(claim(3, "db"), List.of(), List.of())).isPresent();
        assertThat(slots.ask(claim(3, "db"), List.of(claim(1, "db")), List.of()))
                .as("seen and reserved is one")
                .isPresent();

        now = START.plusSeconds(61);
        assertThat(slots.ask(claim(3, "db"), List.of(claim(1, "db")), List.of()))
                .isEmpty();
    }

    @Test
    void whoCouldRunNowIsToldInTheirOrder() {
        List<Claim> queued =
                new ArrayList<>(List.of(claim(2, "db"), claim(3, "db"), claim(4, "other"), claim(5, "db")));
        Collections.shuffle(queued, new java.util.Random(7));

        assertThat(slots.runnable(List.of(claim(1, "db")), queued))
                .extracting(Claim::change)
                .containsExactly("shop/change-2", "shop/change-4");
    }

    @Test
    void reconciliationsAtTheSameTimeDoNotExceedTheLimitTogether() throws Exception {
        var go = new CountDownLatch(1);
        List<Future<Boolean>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                Claim claim = claim(i, "db-" + i);
                answers.add(threads.submit(() -> {
                    go.await();
                    return slots.ask(claim, List.of(), List.of()).isEmpty();
                }));
            }
            go.countDown();
        }
        int granted = 0;
        for (Future<Boolean> answer : answers) {
            granted += answer.get() ? 1 : 0;
        }
        assertThat(granted).isEqualTo(5);
    }
}
