package dev.multipath.testsuite.attack;

class AttackOnSessionsTest extends JudgedAttacks {

    AttackOnSessionsTest() {
        super(AttackList.ON_SESSIONS);
    }
}
