package dev.tidemark.schema;

/**
 * One privilege.
 *
 * @param grantee the role, or "" for PUBLIC
 * @param privilege {@code SELECT}, {@code INSERT} …
 * @param grantable whether it comes with GRANT OPTION
 * @param grantor who gave it
 */
public record Grant(String grantee, String privilege, boolean grantable, String grantor) {}
