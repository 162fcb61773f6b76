package dev.phaselock.local;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The addresses of a {@link RealNode}: a link between this machine and the node, and a network of the node's pods. None of
 * them is reachable from outside this machine.
 *
 * @param number 0 to 127, of the node among those of this machine
 */
record NodeNetwork(int number) {
    private static final int NUMBERS = 128;

    /**
     * One that this machine has no route to yet.
     *
     * @throws IOException when there is none
     */
    static NodeNetwork free() throws IOException {
        int first = ThreadLocalRandom.current().nextInt(NUMBERS);
        for (int i = 0; i < NUMBERS; i++) {
            NodeNetwork network = new NodeNetwork((first + i) % NUMBERS);
            boolean within = !Command.output("ip", "-4", "route", "show", "root", network.all())
                    .isBlank();
            boolean around = Command.output("ip", "-4", "route", "show", "match", network.all())
                    .lines()
                    .anyMatch(route -> !route.startsWith("default"));
            if (!within && !around) {
                return network;
            }
        }
        throw new IOException("This machine has routes to all of 10.213.0.0/16, of which the node needs a part");
    }

    /** This machine's address at the link: what pods reach it by. */
    String machine() {
        return "10.213." + 2 * number + ".1";
    }

    /** The node's own address. */
    String node() {
        return "10.213." + 2 * number + ".2";
    }

    /** The bits of the link's network, after an address. */
    String bits() {
        return "/30";
    }

    /** The network of the pods. */
    String pods() {
        return "10.213." + (2 * number + 1) + ".0/24";
    }

    /** This machine's end of the link. */
    String device() {
        return "phaselock" + number;
    }

    private String all() {
        return "10.213." + 2 * number + ".0/23";
    }
}
