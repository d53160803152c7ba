/** What docs/GUIDE.md and README.md say, held against the code: their tables, and their pieces of code, as a user writes them. */
package dev.multipath.guide;
