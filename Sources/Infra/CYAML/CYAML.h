// libyaml: the event parser that configuration and constitutions are read with.
#pragma once
#include <yaml.h>
