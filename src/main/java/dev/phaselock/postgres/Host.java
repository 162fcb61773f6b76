package dev.phaselock.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where a server listens.
 *
 * @param name a host name or an IP address, an IPv6 one without brackets
 * @param port 1 to 65535
 */
public record Host(String name, int port) {
    static final int DEFAULT_PORT = 5432;
    private static final int MOST = 10;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,16})?");

    /** @throws IllegalArgumentException when it is no such name or port; the message says why without repeating it */
    public Host {
        boolean address = name.contains(":");
        if (!(address ? IPV6 : NAME).matcher(name).matches()) {
            throw new IllegalArgumentException(
                    name.startsWith("/")
                            ? "a Unix socket is not supported, give a host name"
                            : "the host is neither a host name nor an IP address (in a URL, characters such as @ : / ?"
                                    + " in user or password have to be percent-encoded)");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("the port is not between 1 and 65535");
        }
    }

    /**
     * Several hosts, separated by commas, as libpq and the JDBC driver take them.
     *
     * @param names {@code a,b}; IPv6 addresses may stand in brackets
     * @param ports one port for all or one for each; may be empty
     * @throws IllegalArgumentException as above
     */
    static List<Host> list(String names, String ports) {
        String[] each = names.split(",", -1);
        String[] eachPort = ports.isEmpty() ? new String[] {Integer.toString(DEFAULT_PORT)} : ports.split(",", -1);
        if (each.length > MOST) {
            throw new IllegalArgumentException("there are more than " + MOST + " hosts");
        }
        if (eachPort.length != 1 && eachPort.length != each.length) {
            throw new IllegalArgumentException("there are not as many ports as hosts");
        }
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < each.length; i++) {
            hosts.add(new Host(withoutBrackets(each[i].strip()), port(eachPort[eachPort.length == 1 ? 0 : i].strip())));
        }
        return List.copyOf(hosts);
    }

    static int port(String text) {
        if (text.isEmpty()) {
            return DEFAULT_PORT;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("the port is not a number");
        }
    }

    static String withoutBrackets(String name) {
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    /** Whether this is this very machine, or pod: nobody can listen on the way. */
    boolean isLoopback() {
        return name.equalsIgnoreCase("localhost") || name.equals("::1") || name.matches("127(\\.[0-9]{1,3}){3}");
    }

    @Override
    public String toString() {
        return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    }
}
