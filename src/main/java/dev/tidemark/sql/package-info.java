/**
 * SQL as text: names, quoting, statements with typed holes, and the root of our exceptions.
 *
 * <p>Entry type: {@link dev.tidemark.sql.Sql}. Never touches a connection. May use nothing of ours. Internal: may change in any release,
 * except {@link dev.tidemark.sql.TableName} and the exceptions, which users meet.
 */
@NullMarked
package dev.tidemark.sql;

import org.jspecify.annotations.NullMarked;
