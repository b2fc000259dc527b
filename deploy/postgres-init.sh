#!/bin/sh
# Runs once, when the volume is new: the owner of the tables, the user of the service, and the database.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
  --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" <<'SQL'
CREATE ROLE prm_owner LOGIN PASSWORD :'owner';
CREATE ROLE prm_app LOGIN PASSWORD :'app';
CREATE DATABASE prm OWNER prm_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE prm FROM PUBLIC;
GRANT CONNECT ON DATABASE prm TO prm_app;
SQL
