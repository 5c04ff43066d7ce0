// A library that is not libtdjson: it has only two of the four functions.
extern "C" {
__attribute__((visibility("default"))) int td_create_client_id();
__attribute__((visibility("default"))) char const* td_execute(char const*);

int td_create_client_id()
{
    return 1;
}

char const* td_execute(char const*)
{
    return nullptr;
}
}
