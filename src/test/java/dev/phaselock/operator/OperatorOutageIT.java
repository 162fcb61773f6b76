package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.local.TestOperator;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The API server away for longer than a leader may go without its Lease (20 s): what every other timeout of clients,
 * watches and retries is shorter than, but for pauses between retries, which grow to a minute.
 */
@Timeout(240)
class OperatorOutageIT extends ClusterBed {
    @Test
    void aLeaderThatLosesItsLeaseInAnOutageEndsAndItsChangesGoOnAtEveryPhase() throws Exception {
        TestOperator first = TestOperator.install(cluster, client);
        TestOperator second = first.replica("operator-2");
        second.start();
        EveryPhase changes = new EveryPhase(this).begin();
        cluster.controlPlane().stopApiServer();
        changes.letGo();
        changes.each((phase, scenario) -> await().atMost(Duration.ofSeconds(30))
                .until(() -> scenario.ended().contains(phase)));
        await("the leader ends").atMost(Duration.ofSeconds(60)).until(() -> !first.runs());
        assertThat(second.runs()).as("who stands by has nothing to lose").isTrue();
        cluster.controlPlane().startApiServer();
        changes.awaitReady();

        changes.assertCalls(1);
        assertThat(jobs()).hasSize(16);
        for (TestOperator operator : List.of(first, second)) {
            if (!operator.runs()) {
                operator.start();
            }
            await().atMost(Duration.ofSeconds(60)).until(operator::ready);
        }
    }
}
