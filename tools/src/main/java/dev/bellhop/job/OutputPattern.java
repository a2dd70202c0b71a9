package dev.bellhop.job;

import java.util.regex.Pattern;

/// What is looked for in output.
record OutputPattern(Pattern pattern) {

    static OutputPattern parse(String text) {
        return new OutputPattern(Pattern.compile(text, Pattern.LITERAL));
    }
}
