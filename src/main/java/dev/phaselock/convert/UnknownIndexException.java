package dev.phaselock.convert;

/** A key is made of an index of which the text does not say the columns. */
final class UnknownIndexException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownIndexException(String index) {
        super("of index " + index + " the text does not create a plain unique one before, so the columns are not known:"
                + " write addUnique or addPrimaryKey, with columns and usingIndex");
    }
}
