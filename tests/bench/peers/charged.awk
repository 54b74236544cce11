# Charged domain and bytes of each message, for programs that sum columns.
BEGIN { FS = "|"; OFS = "\t" }
{
    address = index($1, " in[") ? $3 : $2
    print tolower(substr(address, index(address, "@") + 1)), $4
}
