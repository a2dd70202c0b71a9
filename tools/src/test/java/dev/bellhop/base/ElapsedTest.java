package dev.bellhop.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ElapsedTest {

    @ParameterizedTest
    @CsvSource({
        "-5000, 0 s",
        "0, 0 s",
        "49, 0 s",
        "51, 0.1 s",
        "200, 0.2 s",
        "1000, 1 s",
        "9949, 9.9 s",
        "9950, 10 s",
        "41400, 41 s",
        "119499, 119 s",
        "119500, 2 min",
        "200000, 3 min 20 s",
        "7199499, 119 min 59 s",
        "7199500, 2 h 0 min",
        "7500000, 2 h 5 min",
        "360000000, 100 h 0 min",
    })
    void aTimeIsSaidAsPeopleSayIt(long millis, String text) {
        assertEquals(text, Elapsed.text(Duration.ofMillis(millis)));
    }
}
