package dev.phaselock.operator;

import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The operator's configuration ({@code phaselock.*}) for those who need it. */
public final class OperatorBeans {
    private static final String LEASE = "phaselock-operator";

    /** Twice the usual, for machines that are busy. */
    private static final Duration LEASE_DURATION = Duration.ofSeconds(30);

    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(20);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(4);

    @Produces
    @Singleton
    OperatorSettings settings(
            @ConfigProperty(name = "phaselock.image") String image,
            @ConfigProperty(name = "phaselock.max-running-phases") int maxRunningPhases,
            @ConfigProperty(name = "phaselock.max-running-phases-per-database") int maxRunningPhasesPerDatabase,
            @ConfigProperty(name = "phaselock.job-time-to-live") Duration jobTimeToLive) {
        return new OperatorSettings(image, maxRunningPhases, maxRunningPhasesPerDatabase, jobTimeToLive);
    }

    /** Null when it is switched off. */
    @Produces
    @Singleton
    @SuppressWarnings("deprecation") // only here can it be said that whoever lost the lease ends
    @Nullable
    LeaderElectionConfiguration leaderElection(
            @ConfigProperty(name = "phaselock.leader-election.enabled") boolean enabled,
            @ConfigProperty(name = "phaselock.leader-election.namespace") Optional<String> namespace) {
        if (!enabled) {
            return null;
        }
        // Made by the constructor and not by the builder, which has it go on without the lease.
        return new LeaderElectionConfiguration(
                LEASE, namespace.orElse(null), LEASE_DURATION, RENEW_DEADLINE, RETRY_PERIOD, null, null, true);
    }
}
