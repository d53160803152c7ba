/** What frameworks need to run over multipath channels, a class each: to be copied. */
package dev.multipath.recipes;
