package dev.multipath.testsuite.attack;

class AttackOnClientsTest extends JudgedAttacks {

    AttackOnClientsTest() {
        super(AttackList.ON_CLIENTS);
    }
}
