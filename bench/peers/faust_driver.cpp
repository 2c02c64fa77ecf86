// Runs instances of a class that Faust has written, side by side or in series, and prints the RMS of their sum.
// Arguments: instances, seconds, whether they run in series (0 or 1), how many things an instance has.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using std::max;
using std::min;
#define FAUSTFLOAT float

struct Meta {
    void declare(const char*, const char*) {}
};

// Takes the two controls that the workloads have: the number of the first thing, and the gate.
struct UI {
    FAUSTFLOAT* base = nullptr;
    FAUSTFLOAT* gate = nullptr;
    void openTabBox(const char*) {}
    void openHorizontalBox(const char*) {}
    void openVerticalBox(const char*) {}
    void closeBox() {}
    void take(const char* label, FAUSTFLOAT* zone) {
        if (!strcmp(label, "base")) base = zone;
        if (!strcmp(label, "gate")) gate = zone;
    }
    void addButton(const char* label, FAUSTFLOAT* zone) { take(label, zone); }
    void addNumEntry(const char* label, FAUSTFLOAT* zone, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT) {
        take(label, zone);
    }
    void declare(FAUSTFLOAT*, const char*, const char*) {}
};

struct dsp {
    virtual ~dsp() {}
};

<<includeIntrinsic>>
<<includeclass>>

int main(int, char** arguments) {
    const int instances = atoi(arguments[1]);
    const double seconds = atof(arguments[2]);
    const bool series = atoi(arguments[3]) != 0;
    const int things = atoi(arguments[4]);
    const int block = 64;

    std::vector<mydsp*> all;
    for (int i = 0; i < instances; i++) {
        mydsp* one = new mydsp;
        one->init(48000);
        UI ui;
        one->buildUserInterface(&ui);
        if (ui.base) *ui.base = i * things;
        if (ui.gate) *ui.gate = 1;
        all.push_back(one);
    }
    std::vector<float> noise(block), other(block), left(block), right(block), sum(block), sum_right(block);
    float* in[2] = {noise.data(), other.data()};
    float* out[2] = {left.data(), right.data()};
    unsigned seed = 1;
    double energy = 0;
    const long blocks = (long)(seconds * 48000 / block);
    for (long k = 0; k < blocks; k++) {
        for (int j = 0; j < block; j++) {
            seed = seed * 1664525u + 1013904223u;
            noise[j] = other[j] = (int)seed * (0.1f / 2147483648.f);
            sum[j] = sum_right[j] = 0;
        }
        for (mydsp* one : all) {
            one->compute(block, in, out);
            if (series) {
                noise = left;
                other = right;
                continue;
            }
            for (int j = 0; j < block; j++) {
                sum[j] += left[j];
                sum_right[j] += right[j];
            }
        }
        const std::vector<float>& heard = series ? left : sum;
        for (int j = 0; j < block; j++) energy += (double)heard[j] * heard[j] + 1e-30 * sum_right[j];
    }
    printf("rms %g\n", sqrt(energy / (blocks * (double)block)));
}
