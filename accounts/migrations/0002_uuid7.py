"""`varde_uuid7()`: new keys inside SQL, by the server's own function where it has one (PostgreSQL 18)."""

from django.db import migrations

CREATE = """
DO $do$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION varde_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
    ELSE
        -- 48 bits of milliseconds over a random v4, then the version bits from 0100 to 0111 (RFC 9562).
        CREATE FUNCTION varde_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $fn$
            SELECT encode(
                set_bit(set_bit(
                    overlay(
                        uuid_send(gen_random_uuid())
                        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                        FROM 1 FOR 6
                    ), 52, 1), 53, 1),
                'hex')::uuid
        $fn$;
    END IF;
END
$do$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION varde_uuid7()")]
