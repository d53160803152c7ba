package dev.multipath.testsuite.attack;

/**
 * One attack.
 *
 * @param name a short one, to run it alone: {@code -Dattack=NAME}
 * @param victim who is attacked
 * @param profile what is spoken, as far as it comes to that
 * @param does what the attacker does
 * @param expected what becomes of that, apart from what every attack must not do (see {@link Judge})
 * @param script does it, and fails if something else becomes of it
 */
record Attack(String name, Victim victim, Spoken profile, String does, String expected, Script script) {

    /** Which end of the session is attacked. */
    enum Victim {
        SERVER,
        CLIENT
    }

    /** The profile. */
    enum Spoken {
        NEITHER,
        BASE,
        EXTENDED
    }

    /** What an attacker does, and checks. */
    interface Script {
        void run(Arena arena) throws Exception;
    }

    /** A line of a table in Markdown. */
    String row() {
        return "| " + name + " | " + victim + " | " + profile + " | " + does + " | " + expected + " |";
    }

    @Override
    public String toString() {
        return name;
    }
}
