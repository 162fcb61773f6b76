package dev.phaselock.proof;

import dev.phaselock.postgres.OperationsTableIT.Case;
import java.util.List;
import java.util.Locale;

/** What somebody without Phaselock would write for a case of the catalogue, and what it is measured by. */
final class PlainStatements {
    private PlainStatements() {}

    /** @throws IllegalArgumentException for a case whose statement nobody wrote down here */
    static List<String> of(Case one, int major) {
        return List.of(
                switch (one.toString()) {
                    case "addForeignKey", "addForeignKey, partitioned table" ->
                        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers";
                    case "addCheck" -> "ALTER TABLE orders ADD CHECK (total >= 0)";
                    case "setNotNull" -> "ALTER TABLE orders ALTER customer_id SET NOT NULL";
                    case "dropNotNull" -> "ALTER TABLE orders ALTER state DROP NOT NULL";
                    case "validateConstraint, check" -> "ALTER TABLE orders VALIDATE CONSTRAINT orders_left";
                    case "validateConstraint, foreign key" -> "ALTER TABLE orders VALIDATE CONSTRAINT orders_left_fk";
                    case "dropConstraint, check" -> "ALTER TABLE orders DROP CONSTRAINT orders_old";
                    case "dropConstraint, foreign key" -> "ALTER TABLE orders DROP CONSTRAINT orders_left_fk";
                    case "renameConstraint" -> "ALTER TABLE orders RENAME CONSTRAINT orders_old TO orders_new";
                    case "setDefault" -> "ALTER TABLE orders ALTER state SET DEFAULT 'new'";
                    case "dropDefault" -> "ALTER TABLE orders ALTER note DROP DEFAULT";
                    case "createIndex", "createIndex, partitioned table" -> "CREATE INDEX ON orders (customer_id)";
                    case "dropIndex" -> "DROP INDEX orders_note_idx";
                    case "addUnique" -> "ALTER TABLE orders ADD UNIQUE (customer_id)";
                    case "addPrimaryKey" -> "ALTER TABLE orders ADD PRIMARY KEY (id)";
                    case "attachPartition", "attachPartition, beside a default partition" ->
                        "ALTER TABLE orders ATTACH PARTITION orders_2 FOR VALUES FROM (100) TO (200)";
                    // It leaves a check of the bound behind.
                    case "detachPartition" ->
                        "ALTER TABLE orders DETACH PARTITION orders_1" + (major >= 14 ? " CONCURRENTLY" : "");
                    case "detachPartition, beside a default partition" ->
                        "ALTER TABLE orders DETACH PARTITION orders_1";
                    case "alterConstraint" -> "ALTER TABLE orders ALTER CONSTRAINT orders_left_fk DEFERRABLE";
                    case "setStorageParameters" -> "ALTER TABLE orders SET (fillfactor = 90)";
                    case "comment, of a table" -> "COMMENT ON TABLE orders IS 'What was sold'";
                    case "comment, of a column" -> "COMMENT ON COLUMN orders.total IS 'In cents'";
                    case "addEnumValue" -> "ALTER TYPE state ADD VALUE 'sent'";
                    case "setRowSecurity" -> "ALTER TABLE orders ENABLE ROW LEVEL SECURITY";
                    case "setReplicaIdentity" -> "ALTER TABLE orders REPLICA IDENTITY FULL";
                    case "addColumn" -> "ALTER TABLE orders ADD paid date";
                    case "addColumn, NOT NULL with a default" -> "ALTER TABLE orders ADD tax int NOT NULL DEFAULT 0";
                    case "addColumn, volatile default" ->
                        "ALTER TABLE orders ADD token uuid NOT NULL DEFAULT gen_random_uuid()";
                    case "dropColumn" -> "ALTER TABLE orders DROP state";
                    case "alterType" -> "ALTER TABLE orders ALTER code TYPE varchar(20)";
                    case "setStatistics" -> "ALTER TABLE orders ALTER total SET STATISTICS 500";
                    case "setStorage" -> "ALTER TABLE orders ALTER note SET STORAGE EXTERNAL";
                    case "createTrigger" ->
                        "CREATE TRIGGER orders_noted AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION noted()";
                    case "dropTrigger" -> "DROP TRIGGER orders_old ON orders";
                    case "dropTable" -> "DROP TABLE orders_archive";
                    case "dropTable, with a foreign key" -> "DROP TABLE orders";
                    case "createTable" -> "CREATE TABLE events (id int PRIMARY KEY)";
                    case "createTable, with a foreign key" ->
                        "CREATE TABLE events (id int PRIMARY KEY, customer int REFERENCES customers)";
                    case "addDomainConstraint" ->
                        "ALTER DOMAIN number ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID";
                    case "addExclusion" ->
                        "ALTER TABLE orders_archive ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)";
                    case "addIdentity" ->
                        "ALTER TABLE orders ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 100)";
                    case "addForeignKey, in another's place" ->
                        "ALTER TABLE orders DROP CONSTRAINT orders_left_fk, ADD CONSTRAINT orders_left_fk"
                                + " FOREIGN KEY (customer_id) REFERENCES customers";
                    case "addCheck, in another's place" ->
                        "ALTER TABLE orders DROP CONSTRAINT orders_old, ADD CONSTRAINT orders_old CHECK (total >= 0)";
                    case "addUnique, partitioned table" -> "ALTER TABLE orders ADD UNIQUE (id)";
                    case "addPrimaryKey, partitioned table" -> "ALTER TABLE orders ADD PRIMARY KEY (id)";
                    case "addColumn, with a foreign key" -> "ALTER TABLE orders ADD payer int REFERENCES customers";
                    case "addColumn, with a default and a foreign key" ->
                        "ALTER TABLE orders ADD payer int DEFAULT 1 REFERENCES customers";
                    case "addColumn, with a check" -> "ALTER TABLE orders ADD tax int CHECK (tax >= 0)";
                    case "runStatement, of no table" ->
                        "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'";
                    case "runStatement, CREATE POLICY" -> "CREATE POLICY own ON orders USING (customer_id = 1)";
                    case "runStatement, CREATE STATISTICS" -> "CREATE STATISTICS s ON number, total FROM orders";
                    case "runStatement, UPDATE of few rows" -> "UPDATE customers SET id = 2 WHERE id = 3";
                    case "reindex" -> "REINDEX TABLE orders";
                    default ->
                        throw new IllegalArgumentException(
                                String.format(Locale.ROOT, "the plain statement of %s is missing", one));
                });
    }
}
