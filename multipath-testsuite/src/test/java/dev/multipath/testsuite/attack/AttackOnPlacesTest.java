package dev.multipath.testsuite.attack;

class AttackOnPlacesTest extends JudgedAttacks {

    AttackOnPlacesTest() {
        super(AttackList.ON_PLACES);
    }
}
