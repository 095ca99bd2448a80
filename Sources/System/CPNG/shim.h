#ifndef LIKENESS_CPNG_SHIM_H
#define LIKENESS_CPNG_SHIM_H

// libpng reports errors by longjmp, which must not cross Swift frames. These functions keep its
// setjmp and every call that can fail within C, and hand back a status and a message.

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A function that calls setjmp must stay a frame of its own.
#define LIKENESS_PNG_FRAME static inline __attribute__((noinline))

#define LIKENESS_PNG_MESSAGE_SIZE 128

// The greatest size of a chunk other than pixels, in bytes.
#define LIKENESS_PNG_CHUNK_LIMIT (8 << 20)

static inline void likeness_png_fail(png_structp png, png_const_charp message) {
    char *target = (char *)png_get_error_ptr(png);
    strncpy(target, message, LIKENESS_PNG_MESSAGE_SIZE - 1);
    target[LIKENESS_PNG_MESSAGE_SIZE - 1] = 0;
    png_longjmp(png, 1);
}

static inline void likeness_png_ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

// Samples of 16 bits pass between libpng and its caller in the order of the processor.
static inline void likeness_png_set_order(png_structp png, int bit_depth) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (bit_depth == 16) png_set_swap(png);
#else
    (void)png;
    (void)bit_depth;
#endif
}

// An image in memory that is being read. What the pointers show belongs to the reader.
typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count;
    size_t at;

    // From likeness_png_read_header on. The depth is that of the file.
    uint32_t width, height;
    int bit_depth, colour_type;
    // Of the pixels that are handed back: 8 or 16 bits a sample. One with a palette gives indices.
    int sample_bits, channels;
    png_colorp palette;
    int palette_count;
    png_bytep palette_alpha;
    int palette_alpha_count;

    // From likeness_png_read_pixels on: the EXIF block, if there is one.
    png_bytep exif;
    uint32_t exif_count;

    char message[LIKENESS_PNG_MESSAGE_SIZE];
} LikenessPNGReader;

static inline void likeness_png_take(png_structp png, png_bytep target, size_t count) {
    LikenessPNGReader *reader = (LikenessPNGReader *)png_get_io_ptr(png);
    if (count > reader->count - reader->at) png_error(png, "the file ends early");
    memcpy(target, reader->bytes + reader->at, count);
    reader->at += count;
}

static inline void likeness_png_close_reader(LikenessPNGReader *reader) {
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}

// A reader of bytes that stay where they are until it is closed; NULL where memory is short.
static inline LikenessPNGReader *likeness_png_open(const uint8_t *bytes, size_t count) {
    LikenessPNGReader *reader = (LikenessPNGReader *)calloc(1, sizeof(LikenessPNGReader));
    if (!reader) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    reader->png = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, reader->message, likeness_png_fail, likeness_png_ignore);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->info) {
        likeness_png_close_reader(reader);
        return NULL;
    }
    return reader;
}

// Reads what stands before the pixels; takes no memory for these.
LIKENESS_PNG_FRAME bool likeness_png_read_header(LikenessPNGReader *reader) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_read_fn(png, reader, likeness_png_take);
    // The caller limits the product of the sides.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, LIKENESS_PNG_CHUNK_LIMIT);
    // Of what need not be there, only tRNS, which this does not touch, and eXIf are looked at.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(
        png, PNG_HANDLE_CHUNK_AS_DEFAULT, (const uint8_t *)"eXIf", 1);
    png_read_info(png, info);

    reader->width = png_get_image_width(png, info);
    reader->height = png_get_image_height(png, info);
    reader->bit_depth = png_get_bit_depth(png, info);
    reader->colour_type = png_get_color_type(png, info);
    reader->sample_bits = reader->bit_depth == 16 ? 16 : 8;
    reader->channels = png_get_channels(png, info);
    if (reader->colour_type == PNG_COLOR_TYPE_PALETTE) {
        png_get_PLTE(png, info, &reader->palette, &reader->palette_count);
        png_get_tRNS(
            png, info, &reader->palette_alpha, &reader->palette_alpha_count, NULL);
    } else if (png_get_valid(png, info, PNG_INFO_tRNS)) {
        reader->channels += 1;
    }
    return true;
}

// Reads the rows, width × channels samples each, and what follows them.
LIKENESS_PNG_FRAME bool likeness_png_read_pixels(LikenessPNGReader *reader, void *pixels) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    size_t length = (size_t)reader->width * reader->channels * (reader->sample_bits / 8);
    if (setjmp(png_jmpbuf(png))) return false;
    if (reader->colour_type == PNG_COLOR_TYPE_PALETTE) {
        // Indices: libpng would turn those beyond the palette into black without a word.
        png_set_packing(png);
    } else {
        png_set_expand(png);
    }
    likeness_png_set_order(png, reader->bit_depth);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != length) png_error(png, "rows of another length");
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < reader->height; y++) {
            png_read_row(png, (png_bytep)pixels + y * length, NULL);
        }
    }
    png_read_end(png, info);
    png_get_eXIf_1(png, info, &reader->exif_count, &reader->exif);
    return true;
}

// Takes the next bytes of a file that is being written. It must not fail.
typedef void (*LikenessPNGSink)(void *context, const uint8_t *bytes, size_t count);

typedef struct {
    uint32_t width, height;
    int channels, bit_depth;
    // zlib's, 1 to 9.
    int level;
    LikenessPNGSink sink;
    void *context;
    char message[LIKENESS_PNG_MESSAGE_SIZE];
} LikenessPNGWriter;

static inline void likeness_png_give(png_structp png, png_bytep bytes, size_t count) {
    LikenessPNGWriter *writer = (LikenessPNGWriter *)png_get_io_ptr(png);
    writer->sink(writer->context, bytes, count);
}

static inline void likeness_png_flush(png_structp png) { (void)png; }

LIKENESS_PNG_FRAME bool likeness_png_write_rows(
    LikenessPNGWriter *writer, png_structp png, png_infop info, const void *pixels) {
    static const int colour_types[] = {
        PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
    size_t length = (size_t)writer->width * writer->channels * (writer->bit_depth / 8);
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_write_fn(png, writer, likeness_png_give, likeness_png_flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(
        png, info, writer->width, writer->height, writer->bit_depth,
        colour_types[writer->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
        PNG_FILTER_TYPE_BASE);
    png_set_compression_level(png, writer->level);
    png_set_compression_buffer_size(png, 1 << 16);
    // The others gain next to nothing.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_PAETH);
    png_write_info(png, info);
    likeness_png_set_order(png, writer->bit_depth);
    for (size_t y = 0; y < writer->height; y++) {
        png_write_row(png, (png_const_bytep)pixels + y * length);
    }
    png_write_end(png, NULL);
    return true;
}

// Writes rows of width × channels samples.
static inline bool likeness_png_write(LikenessPNGWriter *writer, const void *pixels) {
    png_structp png = png_create_write_struct(
        PNG_LIBPNG_VER_STRING, writer->message, likeness_png_fail, likeness_png_ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool is_written = info && likeness_png_write_rows(writer, png, info, pixels);
    png_destroy_write_struct(&png, &info);
    return is_written;
}

#endif
