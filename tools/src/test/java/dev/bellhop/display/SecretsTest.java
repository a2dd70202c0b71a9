package dev.bellhop.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretsTest {

    private static final Secrets SECRETS =
            Secrets.of(
                    Map.of(
                            "DEPLOY_TOKEN",
                            "correct-horse-battery",
                            "db_password",
                            "tr0ub4dor&3",
                            "HOME",
                            "/home/somebody",
                            "API_TOKEN",
                            "short",
                            "GOPRIVATE",
                            "example.com/team",
                            "SSH_PRIVATE_KEY_FILE",
                            "/home/somebody/.ssh/id",
                            "ACCOUNT",
                            "4711-0815"),
                    Set.of("ACCOUNT"));

    @Test
    void valuesOfSecretVariablesAreMaskedByName() {
        assertEquals(
                "login [masked DEPLOY_TOKEN] with [masked db_password]/[masked ACCOUNT] at"
                        + " /home/somebody short example.com/team/x /home/somebody/.ssh/id",
                SECRETS.mask(
                        "login correct-horse-battery with tr0ub4dor&3/4711-0815 at /home/somebody"
                                + " short example.com/team/x /home/somebody/.ssh/id"));
        assertEquals("correct-horse-battery", Secrets.NONE.mask("correct-horse-battery"));
        assertEquals(
                "[masked DEPLOY_TOKEN] [masked JOB_SECRET]",
                SECRETS.and(Map.of("JOB_SECRET", "12345678"))
                        .mask("correct-horse-battery 12345678"));
    }

    /// Texts in which what is secret stands between `<` and `>`.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x <ghp_abcdefghijklmnopqrstuvwxyz0123456789> y",
                "<gho_abcdefghijklmnopqrstuvwxyz0123456789>.",
                "token=<ghs_abcdefghijklmnopqrstuvwxyz0123456789>",
                "<github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQ>",
                "'<glpat-abcdefghij0123456789>'",
                "OPENAI_API_KEY=<sk-abcdefghijklmnopqrstuvwxyz0123456789>",
                "<sk-ant-api03-abcdefghij0123456789_abcdefghij-AA>",
                "<xoxb-123456789012-abcdefghijkl>",
                "<AKIAIOSFODNN7EXAMPLE> and <ASIAIOSFODNN7EXAMPLE>",
                "<AIzaSyA0123456789abcdefghijklmnopqrstuv>",
                "//registry/:_authToken=<npm_abcdefghijklmnopqrstuvwxyz0123456789>",
                "<hf_abcdefghijklmnopqrstuvwxyz01234567>",
                "<sk_live_abcdefghijklmnop0123456789>",
                "<pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMA>",
                "<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P>",
                "> Authorization: Bearer <abc.def>",
                "\"authorization\": \"Basic <dXNlcjpwYXNz>\"",
                "curl -H 'Authorization: token <abcdef>'",
                "Bearer <a1b2c3d4e5f6a7b8c9d0>",
                "cloning https://me:<hunter2>@example.com/repo.git",
                "postgres://app:<p%40ss>@db:5432/x",
            })
    void tokensOfKnownShapesAreMasked(String marked) {
        String text = marked.startsWith("> ") ? marked.substring(2) : marked;
        String raw = text.replaceAll("[<>]", "");
        String shown = text.replaceAll("<[^>]*>", "[masked]");

        assertEquals(shown, SECRETS.mask(raw));
        assertEquals(shown, SECRETS.mask(SECRETS.mask(raw)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task-force-one-is-here-12345",
                "see https://example.com:8080/a@b",
                "git@github.com:a/b.git",
                "disk-usage-of-the-machine-0123456789",
                "Bearer authentication is required",
                "Basic authentication failed",
                "a eyJ and sk- and ghp_ and -----BEGIN",
                "xoxo, 0xAKIAIOSFODNN7EXAMPLEAB",
                "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
                "3fa94c01: [running 12 s] npm test"
            })
    void whatIsNoSecretStays(String text) {
        assertEquals(text, SECRETS.mask(text));
    }

    @Test
    void privateKeysAreMaskedWhole() {
        String key =
                "MIIEowIBAAKCAQEAx".repeat(4) + "\n" + "abcdefgh01234567".repeat(4) + "\nab==\n";
        assertEquals(
                "a\n[masked]\nb",
                SECRETS.mask(
                        "a\n-----BEGIN RSA PRIVATE KEY-----\n"
                                + key
                                + "-----END RSA PRIVATE KEY-----\nb"));
        String half = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + key.substring(0, 100);
        assertEquals("[masked]", SECRETS.mask(half));
        assertEquals(
                "[masked]\nsee: above",
                SECRETS.mask("-----BEGIN PRIVATE KEY-----\nsee: above").replace("\n\n", "\n"));
        String value = "-----BEGIN PRIVATE KEY-----\n" + key + "-----END PRIVATE KEY-----\n";
        Secrets secrets = Secrets.of(Map.of("TLS_PRIVATE_KEY", value));
        assertEquals(
                "12 [masked TLS_PRIVATE_KEY]", secrets.mask("12 " + "abcdefgh01234567".repeat(4)));
    }

    @Test
    void aSecretAcrossACutIsMaskedWhole() {
        String text = "a correct-horse-battery b";
        for (int cut = 3; cut < 22; cut++) {
            assertEquals("a [masked DEPLOY_TOKEN]", SECRETS.mask(text, 0, cut, false, true));
            assertEquals(
                    "[masked DEPLOY_TOKEN] b", SECRETS.mask(text, cut, text.length(), false, true));
        }
        assertEquals("a ", SECRETS.mask(text, 0, 2, false, true));
        assertEquals(" b", SECRETS.mask(text, 23, 25, false, true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a correct-horse|a [masked DEPLOY_TOKEN]",
                "a corr|a [masked DEPLOY_TOKEN]",
                "a cor|a cor",
                "x ghp_abcd|x [masked]",
                "x ghp_|x ghp_",
                "Authorization: Bearer abc|Authorization: Bearer [masked]",
                "git clone https://me:hunt|git clone https://me:[masked]",
                "see http://localhost:8080|see http://localhost:8080",
            })
    void theBeginningOfASecretIsMaskedWhereTheTextGoesOn(String text, String shown) {
        assertEquals(shown, SECRETS.mask(text, 0, text.length(), false, true));
        assertEquals(text, SECRETS.mask(text));
    }

    @Test
    void theEndOfASecretIsMaskedWhereTheTextWasCutBefore() {
        assertEquals("[masked DEPLOY_TOKEN] b", SECRETS.mask("battery b", 0, 9, true, false));
        String key = "abcd\n-----END PRIVATE KEY-----\nb";
        assertEquals("[masked]\nb", SECRETS.mask(key, 0, key.length(), true, false));
    }

    @Test
    void theMarginReachesAroundTheLongestValue() {
        assertEquals(8_192, SECRETS.marginBytes());
        assertEquals(20_000, SECRETS.and(Map.of("A_SECRET", "ä".repeat(10_000))).marginBytes());
    }

    /// Whatever the text: masking twice is masking once, and no known value is left.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void maskingTwiceIsMaskingOnce(long seed) {
        Random random = new Random(seed);
        String[] parts = {
            "correct-horse-battery",
            "tr0ub4dor&3",
            "[masked]",
            "[masked DEPLOY_TOKEN]",
            " ",
            "a",
            "://u:",
            "@",
            "Authorization: Bearer ",
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "\n",
            "sk-",
            "eyJ",
            "."
        };
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append(parts[random.nextInt(parts.length)])
                    .append(random.nextBoolean() ? " " : "\n");
        }

        String masked = SECRETS.mask(text.toString());

        assertEquals(masked, SECRETS.mask(masked));
        assertFalse(masked.contains("correct-horse-battery") || masked.contains("tr0ub4dor"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "eyJ",
                "eyJ-",
                "sk-",
                "sk-a",
                "sk-1-",
                "://",
                "://a:",
                "Bearer ",
                "ghp_",
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN ",
                "-----END ",
                "authorization: bearer ",
                "[masked",
                "[masked] correct-horse-battery ",
                "pypi-",
                "xoxb-",
                "://a:b"
            })
    void hostileTextTakesLinearTime(String unit) {
        String text = unit.repeat(4_000_000 / unit.length());
        long start = System.nanoTime();

        SECRETS.mask(text, 0, text.length(), true, true);

        assertTrue(System.nanoTime() - start < 5_000_000_000L);
    }
}
