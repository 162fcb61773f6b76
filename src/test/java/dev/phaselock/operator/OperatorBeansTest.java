package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class OperatorBeansTest {
    @Test
    void anOperatorThatLostItsLeaseEnds() {
        assertThat(new OperatorBeans()
                        .leaderElection(true, Optional.of("phaselock-system"))
                        .isExitOnStopLeading())
                .isTrue();
    }

    @Test
    void leaderElectionCanBeSwitchedOff() {
        assertThat(new OperatorBeans().leaderElection(false, Optional.empty())).isNull();
    }
}
