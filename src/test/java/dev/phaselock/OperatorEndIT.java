package dev.phaselock;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.phaselock.e2e.Installation;
import dev.phaselock.local.TestOperator;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operator's process, as it is delivered, when it has to end. */
class OperatorEndIT {
    private static final String LEASE = "phaselock-operator";

    private final TestOperator operator = Installation.get().operator();

    @AfterEach
    void startAgain() throws Exception {
        if (!operator.runs()) {
            operator.start();
        }
    }

    @Test
    void anOperatorThatIsAskedToEndDoesSoAtOnce() throws Exception {
        operator.askToEnd();
        await().atMost(15, SECONDS).until(() -> !operator.runs());
    }

    @Test
    void anOperatorThatLostItsLeaseEnds() {
        Installation.get()
                .client()
                .leases()
                .inNamespace(TestOperator.NAMESPACE)
                .withName(LEASE)
                .edit(lease -> {
                    lease.getSpec().setHolderIdentity("another");
                    return lease;
                });
        await().atMost(Duration.ofSeconds(60)).until(() -> !operator.runs());
    }
}
