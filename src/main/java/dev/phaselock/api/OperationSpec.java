package dev.phaselock.api;

/** An operation of the catalogue, as {@code spec.changes} has it. */
public sealed interface OperationSpec
        permits AddForeignKeySpec,
                AddCheckSpec,
                SetNotNullSpec,
                DropNotNullSpec,
                ValidateConstraintSpec,
                DropConstraintSpec,
                RenameConstraintSpec,
                SetDefaultSpec,
                DropDefaultSpec,
                CreateIndexSpec,
                DropIndexSpec,
                AddUniqueSpec,
                AddPrimaryKeySpec,
                DropColumnSpec,
                AddColumnSpec,
                AlterTypeSpec,
                SetStatisticsSpec,
                SetStorageSpec {}
