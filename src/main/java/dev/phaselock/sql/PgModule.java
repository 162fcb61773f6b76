package dev.phaselock.sql;

import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One running libpg_query: what its JavaScript file does for a browser, for the JVM.
 *
 * <p>Emscripten gives imports and exports names of one letter, anew in every build. The two maps here are those of the
 * package's version 18.1.5 ({@code wasm/libpg-query.js}); a test compares them with the file. Not thread-safe. After
 * anything but a result came out of a call, the instance is in an unknown state and must be thrown away.
 */
final class PgModule {
    /** Exported functions that are used here: the name in the JavaScript file to the name in the module. */
    static final Map<String, String> EXPORTS = Map.of(
            "__wasm_call_ctors", "A",
            "_malloc", "C",
            "_free", "E",
            "_wasm_parse_query_raw", "F",
            "_wasm_free_parse_result", "G",
            "_wasm_scan", "M",
            "_wasm_free_string", "N",
            "_setThrew", "P",
            "__emscripten_stack_restore", "Q",
            "_emscripten_stack_get_current", "R");

    /** All imported functions: the name in the module to the name in the JavaScript file. */
    static final Map<String, String> IMPORTS = Map.ofEntries(
            Map.entry("a", "invoke_iii"),
            Map.entry("b", "invoke_ii"),
            Map.entry("c", "___assert_fail"),
            Map.entry("d", "invoke_iiii"),
            Map.entry("e", "invoke_v"),
            Map.entry("f", "invoke_vi"),
            Map.entry("g", "invoke_i"),
            Map.entry("h", "invoke_vii"),
            Map.entry("i", "invoke_viiii"),
            Map.entry("j", "invoke_viii"),
            Map.entry("k", "invoke_iiiii"),
            Map.entry("l", "invoke_ji"),
            Map.entry("m", "_exit"),
            Map.entry("n", "invoke_viiiiiiiiiiiii"),
            Map.entry("o", "__setitimer_js"),
            Map.entry("p", "__emscripten_throw_longjmp"),
            Map.entry("q", "_emscripten_resize_heap"),
            Map.entry("r", "_fd_read"),
            Map.entry("s", "_fd_seek"),
            Map.entry("t", "_fd_write"),
            Map.entry("u", "_fd_close"),
            Map.entry("v", "_proc_exit"),
            Map.entry("w", "__emscripten_runtime_keepalive_clear"),
            Map.entry("x", "__abort_js"),
            Map.entry("y", "invoke_viiiii"));

    /** The module's own data and its stack end at 33 MiB. It asks for 128 MiB at once, but grows when it must. */
    private static final MemoryLimits MEMORY = new MemoryLimits(40 * 16, 256 * 16);

    private final Instance instance;
    private final ExportFunction stackPosition;
    private final ExportFunction stackRestore;
    private final ExportFunction setThrew;

    /** Reads what all modules have in common: whoever needs it meanwhile waits for it. */
    static void prefetch() {
        LibPgQueryModule.load();
    }

    PgModule() {
        WasmModule module = LibPgQueryModule.load();
        ImportFunction[] imports = module.importSection().stream()
                .map(FunctionImport.class::cast)
                .map(function -> hostFunction(function, module.typeSection().getType(function.typeIndex())))
                .toArray(ImportFunction[]::new);
        instance = Instance.builder(module)
                .withImportValues(ImportValues.builder().addFunction(imports).build())
                .withMemoryLimits(MEMORY)
                .withMachineFactory(LibPgQueryModule::create)
                .build();
        stackPosition = export("_emscripten_stack_get_current");
        stackRestore = export("__emscripten_stack_restore");
        setThrew = export("_setThrew");
        export("__wasm_call_ctors").apply();
    }

    /** What came of parsing: either the tree or the error is there. */
    record Parsed(@Nullable String tree, @Nullable String error, int errorPosition) {}

    /** Parses UTF-8 without NUL. The error's position counts characters from 1; 0 when there is none. */
    Parsed parse(byte[] sql) {
        int query = copy(sql);
        int result = call("_wasm_parse_query_raw", query);
        int error = instance.memory().readInt(result + 8);
        Parsed parsed = error == 0
                ? new Parsed(string(instance.memory().readInt(result)), null, 0)
                : new Parsed(
                        null,
                        string(instance.memory().readInt(error)),
                        instance.memory().readInt(error + 16));
        export("_wasm_free_parse_result").apply(result);
        export("_free").apply(query);
        return parsed;
    }

    /** The tokens of UTF-8 without NUL as JSON (but control characters in it are as they are), or an error message. */
    String scan(byte[] sql) {
        int query = copy(sql);
        int result = call("_wasm_scan", query);
        String tokens = string(result);
        export("_wasm_free_string").apply(result);
        export("_free").apply(query);
        return tokens;
    }

    /** How much memory it has now, in bytes. It never gives any back. */
    long memoryBytes() {
        return instance.memory().pages() * 65_536L;
    }

    private int copy(byte[] sql) {
        int address = call("_malloc", sql.length + 1);
        instance.memory().write(address, sql);
        instance.memory().writeByte(address + sql.length, (byte) 0);
        return address;
    }

    /** A call that returns an address, which is null only when there is no memory left. */
    private int call(String name, int argument) {
        int address = (int) export(name).apply(argument)[0];
        if (address == 0) {
            throw new IllegalStateException(name + " is out of memory");
        }
        return address;
    }

    private String string(int address) {
        return instance.memory().readCString(address, StandardCharsets.UTF_8);
    }

    private ExportFunction export(String name) {
        return instance.export(EXPORTS.get(name));
    }

    private HostFunction hostFunction(FunctionImport function, FunctionType type) {
        String name = IMPORTS.get(function.name());
        return new HostFunction(function.module(), function.name(), type, (caller, arguments) -> switch (name) {
            case "__emscripten_throw_longjmp" -> throw new LongJump();
            case "_emscripten_resize_heap" -> new long[] {grow(Integer.toUnsignedLong((int) arguments[0]))};
            case String invoke when invoke.startsWith("invoke_") -> invoke(arguments, type);
            case "_fd_close", "_fd_read", "_fd_seek", "_fd_write", "__setitimer_js" -> new long[1];
            case "__emscripten_runtime_keepalive_clear" -> new long[0];
            default -> throw new IllegalStateException("PostgreSQL's parser called " + name);
        });
    }

    /** C's setjmp: calls a function of the table and, when it jumps, puts the stack back and leaves a mark. */
    private long[] invoke(long[] arguments, FunctionType type) {
        long position = stackPosition.apply()[0];
        try {
            int function = instance.table(0).requiredRef((int) arguments[0]);
            return instance.getMachine().call(function, Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (LongJump jump) {
            stackRestore.apply(position);
            setThrew.apply(1, 0);
            return new long[type.returns().size()];
        }
    }

    private long grow(long bytes) {
        long missing = (bytes + 65_535) / 65_536 - instance.memory().pages();
        return missing <= 0 || instance.memory().grow((int) missing) >= 0 ? 1 : 0;
    }

    /** C's longjmp, on its way to the {@link #invoke} that waits for it. */
    private static final class LongJump extends RuntimeException {
        private LongJump() {
            super("longjmp", null, false, false);
        }
    }
}
