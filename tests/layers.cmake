# The layers that have a folder of tests, one executable each, and how the files of one executable are compiled. The parent project
# in tests/build/packaging/windows includes this, too.
set(mend_layers words classify decide drive watch telegram proxies)

# Some files at a time are compiled as one: a third of the time, since each would instantiate the same coroutines. So no two files of
# an executable may give the same name to different things.
function(mend_compile_together target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 7)
    # g++ takes a source's unnamed namespace for a header's.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endfunction()

# But for these: each of the machines' tests has a bench and steps of its own, and without coroutines they compile fast.
set(mend_layers_apart decide)
