/** What the event loops of a process share, under jcstress: {@code mvn test -Pjcstress -pl multipath-stress -am}. */
package dev.multipath.channel;
